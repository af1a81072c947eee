// What the tests of the twins share: global memory, random matrices, faults, products in double.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/cuda/gpu.h"
#include "kernels/sim/global_memory.h"
#include "kernels/sim/launch.h"

namespace backlight::kernels::sim {

// An array in the simulator's global memory.
template <typename T>
class Global {
 public:
  explicit Global(std::size_t size) : size_(size), data_(allocate()) {}
  explicit Global(const std::vector<T>& values) : size_(values.size()), data_(allocate()) {
    std::memcpy(data_, values.data(), size_ * sizeof(T));
    backlight::sim::mark_written(reinterpret_cast<std::byte*>(data_), size_ * sizeof(T));
  }
  ~Global() { backlight::sim::deallocate(reinterpret_cast<std::byte*>(data_)); }
  Global(const Global&) = delete;
  Global& operator=(const Global&) = delete;

  T* data() const { return data_; }
  std::vector<T> read() const {
    backlight::sim::check_host_read(reinterpret_cast<std::byte*>(data_), size_ * sizeof(T));
    return std::vector<T>(data_, data_ + size_);
  }

 private:
  T* allocate() const { return reinterpret_cast<T*>(backlight::sim::allocate(size_ * sizeof(T))); }

  std::size_t size_;
  T* data_;
};

inline std::vector<float> random_floats(std::size_t size, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (float& value : values) value = normal(engine);
  return values;
}

// The value that a tensor core takes for x: cut off to TF32, or as bf16 holds it.
inline float as_operand(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits -= bits % 8192;
  std::memcpy(&x, &bits, sizeof bits);
  return x;
}
inline float as_operand(__nv_bfloat16 x) { return __bfloat162float(x); }

template <typename T>
std::vector<T> random_operands(std::size_t size, unsigned seed) {
  std::vector<T> values;
  for (const float x : random_floats(size, seed)) values.push_back(T(x));
  return values;
}

// sum over k of a[m][k] b[n][k], and the same of magnitudes, in double.
struct Product {
  std::vector<double> sum, magnitude;
};
template <typename T>
Product product(const std::vector<T>& a, const std::vector<T>& b, int m, int n, int k) {
  Product p{std::vector<double>(m * n), std::vector<double>(m * n)};
  for (int i = 0; i < m * n; ++i) {
    for (int j = 0; j < k; ++j) {
      const double term = double{as_operand(a[i / n * k + j])} * as_operand(b[i % n * k + j]);
      p.sum[i] += term;
      p.magnitude[i] += std::abs(term);
    }
  }
  return p;
}

// Sums of k float terms, each addition rounded: off by at most k half units of the last place of
// the magnitudes' sum.
inline void expect_near(const std::vector<float>& got, const Product& want, int k) {
  ASSERT_EQ(got.size(), want.sum.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double tolerance = k * std::ldexp(want.magnitude[i], -24) + 1e-30;
    ASSERT_TRUE(std::abs(got[i] - want.sum[i]) <= tolerance)
        << "element " << i << ": " << got[i] << ", not " << want.sum[i];
  }
}

// How many elements differ by more than rounding can.
inline int count_wrong(const std::vector<float>& got, const Product& want) {
  int wrong = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    wrong += !(std::abs(got[i] - want.sum[i]) <= 1e-3 * want.magnitude[i]);
  }
  return wrong;
}

// Runs f with several orders of threads.
template <typename F>
void for_seeds(const F& f) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    backlight::sim::set_seed(seed);
    f();
  }
  backlight::sim::set_seed(1);
}

// f must end in a fault whose report contains `text`.
template <typename F>
void expect_fault(const std::string& text, const F& f) {
  try {
    f();
    ADD_FAILURE() << "no fault; expected one about: " << text;
  } catch (const backlight::sim::Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find(text), std::string::npos)
        << "expected: " << text << "\ngot: " << fault.what();
  }
}

}  // namespace backlight::kernels::sim
