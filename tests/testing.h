// What the tests of several rooms share: random tensors, and comparisons that NaN cannot pass.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace backlight::testing {

// Numbers drawn uniformly from [low, high], the same for the same seed. They are float32 numbers
// whatever the dtype, so that a computation can be repeated in another precision.
inline Tensor uniform(const Shape& shape, DType dtype, std::uint64_t seed, float low = -1,
                      float high = 1) {
  Random random(seed);
  Tensor out(shape);
  float* values = out.mutable_data<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) values[i] = random.uniform(low, high);
  return out.to(dtype);
}

// The numbers low, low + step, ... in random order: no two are equal.
inline Tensor shuffled(const Shape& shape, DType dtype, std::uint64_t seed, float low = -1,
                       float step = 0.0625f) {
  Random random(seed);
  Tensor out(shape);
  float* values = out.mutable_data<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) values[i] = low + step * static_cast<float>(i);
  for (std::int64_t i = out.numel() - 1; i > 0; --i)
    std::swap(values[i], values[random.below(static_cast<int>(i) + 1)]);
  return out.to(dtype);
}

inline double dot(const Tensor& a, const Tensor& b) {
  const Tensor u = a.dense().to(DType::f64), v = b.dense().to(DType::f64);
  const double *p = u.data<double>(), *q = v.data<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < u.numel(); ++i) sum += p[i] * q[i];
  return sum;
}

inline double norm(const Tensor& a) { return std::sqrt(dot(a, a)); }

// ||actual - expected||, both taken to float64.
inline double distance(const Tensor& actual, const Tensor& expected) {
  const Tensor u = actual.dense().to(DType::f64), v = expected.dense().to(DType::f64);
  const double *p = u.data<double>(), *q = v.data<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < u.numel(); ++i) sum += (p[i] - q[i]) * (p[i] - q[i]);
  return std::sqrt(sum);
}

// Whether ||actual - expected|| <= tolerance ||expected||. An expectation of nothing but zeros
// fails: it would prove nothing.
inline ::testing::AssertionResult is_close(const Tensor& actual, const Tensor& expected,
                                           double tolerance) {
  if (!(actual.shape() == expected.shape()))
    return ::testing::AssertionFailure()
           << "the shape is " << actual.shape() << " instead of " << expected.shape();
  const double size = norm(expected);
  if (!(size > 0)) return ::testing::AssertionFailure() << "the expected tensor is all zeros";
  const double error = distance(actual, expected) / size;
  if (!(error <= tolerance))
    return ::testing::AssertionFailure()
           << "the relative error is " << error << ", more than " << tolerance;
  return ::testing::AssertionSuccess();
}

// Whether two tensors agree in shape, dtype and every byte.
inline ::testing::AssertionResult has_same_bytes(const Tensor& actual, const Tensor& expected) {
  const Tensor u = actual.dense(), v = expected.dense();
  if (!(u.shape() == v.shape()) || u.dtype() != v.dtype())
    return ::testing::AssertionFailure()
           << "a " << name_of(u.dtype()) << " of " << u.shape() << " instead of a "
           << name_of(v.dtype()) << " of " << v.shape();
  if (u.nbytes() > 0 && std::memcmp(u.bytes(), v.bytes(), u.nbytes()) != 0)
    return ::testing::AssertionFailure()
           << "the bytes differ; relative distance " << distance(u, v) / norm(v);
  return ::testing::AssertionSuccess();
}

// The message of the Error that an action throws; empty when it throws none.
template <typename F>
std::string message_of(F&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace backlight::testing
