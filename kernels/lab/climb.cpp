#include "kernels/lab/climb.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/precision.h"
#include "kernels/softmax.h"
#include "tensor/random.h"

namespace backlight::kernels::lab {
namespace {

// Elementwise, as a part of the root mean square of the result. TF32 keeps 10 bits of the factors,
// and mma.sync cuts the others off instead of rounding.
constexpr double kFp32Tolerance = 5e-5, kTf32Tolerance = 1e-2;

double tolerance_of(Factors factors) {
  return factors == Factors::fp32 ? kFp32Tolerance : kTf32Tolerance;
}

const Rungs& rungs_on(Device device) {
#ifdef BACKLIGHT_HAS_CUDA
  if (device == Device::cuda) return cuda::lab::rungs();
#endif
#ifdef BACKLIGHT_HAS_SIM
  if (device == Device::sim) return sim::lab::rungs();
#endif
  fail("the ladder has no rungs for the device ", name_of(device));
}

Tensor uniform(const Shape& shape, std::uint64_t seed) {
  Random random(seed);
  Tensor out(shape);
  float* const values = out.mutable_data<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) values[i] = random.uniform(-1, 1);
  return out;
}

// A tensor nobody has written. The simulator knows; a GPU is told by NaN, or an index by 77.
Tensor unwritten(const Shape& shape, DType dtype, Device device) {
  if (device == Device::sim) return Tensor(shape, dtype, device);
  return Tensor::full(shape, dtype == DType::u8 ? 77 : std::nan(""), dtype).to(device);
}

// The columns of [rows, columns] as rows.
Tensor transposed(const Tensor& x) {
  const std::int64_t rows = x.dim(0), columns = x.dim(1);
  Tensor out({columns, rows});
  float* const to = out.mutable_data<float>();
  const float* const from = x.data<float>();
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
  return out;
}

double root_mean_square(const Tensor& x) {
  const double* const values = x.data<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) sum += values[i] * values[i];
  return std::sqrt(sum / static_cast<double>(x.numel()));
}

// Infinity unless all of it is finite, so that a NaN cannot hide in the part that is not compared.
double largest_difference(const Tensor& actual, const Tensor& exact) {
  const Tensor a = actual.to(DType::f64);
  const double *const p = a.data<double>(), *const q = exact.data<double>();
  double largest = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double difference = std::abs(p[i] - q[i]);
    if (!(difference <= largest)) largest = difference;
    if (std::isnan(largest)) return std::numeric_limits<double>::infinity();
  }
  return largest / root_mean_square(exact);
}

// The rows of the outermost axis with these numbers.
Tensor picked(const Tensor& x, const std::vector<std::int64_t>& numbers) {
  std::vector<Tensor> rows;
  for (const std::int64_t number : numbers) rows.push_back(x.rows(number, 1));
  return concatenate(rows);
}

// All rows of a small matrix, 64 of a large one, which fall on every place of a tile.
std::vector<std::int64_t> rows_to_check(std::int64_t rows) {
  constexpr std::int64_t kFew = 512, kChecked = 64;
  std::vector<std::int64_t> numbers;
  if (rows <= kFew)
    for (std::int64_t i = 0; i < rows; ++i) numbers.push_back(i);
  else
    for (std::int64_t i = 0; i < kChecked; ++i)
      numbers.push_back((i * (rows / kChecked) + i % (rows / kChecked)) % rows);
  return numbers;
}

template <typename Problem, typename Arguments>
std::vector<Step> steps_of(const std::vector<Rung<Problem>>& rungs, const Arguments& arguments) {
  std::vector<Step> steps;
  for (const Rung<Problem>& rung : rungs)
    steps.push_back({rung.name, rung.idea, rung.needs, tolerance_of(rung.factors),
                     [rung, arguments] { rung.run(arguments()); }});
  return steps;
}

template <typename Problem>
Climb climb_of(const char* family, const Problem& problem) {
  Climb climb;
  climb.family = family;
  climb.shapes = problem.shapes();
  climb.flop = problem.flop();
  climb.bytes = problem.bytes();
  return climb;
}

// Runs f at a precision.
template <typename F>
void with_precision(Precision wanted, F&& f) {
  const Precision before = precision();
  set_precision(wanted);
  f();
  set_precision(before);
}

// The shipped kernel at the precisions that the ladder has.
template <typename F>
void add_shipped(std::vector<Step>& steps, const std::string& idea, F&& run) {
  steps.push_back({"shipped, TF32", idea, Needs::sm_80, kTf32Tolerance,
                   [run] { with_precision(Precision::tf32, run); }});
  steps.push_back({"shipped, fp32", "the same in 3xTF32, the default", Needs::sm_80, kFp32Tolerance,
                   [run] { with_precision(Precision::fp32, run); }});
}

}  // namespace

Climb climb_gemm(Device device, int m, int n, int k) {
  struct Data {
    Tensor a, b, b_transposed, c, exact;
    std::vector<std::int64_t> rows;
  };
  const auto data = std::make_shared<Data>();
  const Tensor a = uniform({m, k}, 1), b = uniform({k, n}, 2);
  data->a = a.to(device);
  data->b = b.to(device);
  data->b_transposed = transposed(b).to(device);
  data->rows = rows_to_check(m);
  data->exact = gemm(picked(a, data->rows).to(DType::f64), false, b.to(DType::f64), false);

  const auto problem = [data, m, n, k] {
    return Gemm{m,
                n,
                k,
                data->a.device_data<float>(),
                data->b.device_data<float>(),
                data->b_transposed.device_data<float>(),
                data->c.mutable_device_data<float>()};
  };
  Climb climb = climb_of("gemm", Gemm{m, n, k});
  climb.steps = steps_of(rungs_on(device).gemm, problem);
  add_shipped(climb.steps, "kernels::gemm, for any shape",
              [data] { data->c = gemm(data->a, false, data->b_transposed, true); });
  climb.poison = [data, m, n, device] { data->c = unwritten({m, n}, DType::f32, device); };
  climb.deviation = [data] {
    const Tensor c = data->c.to(Device::cpu);
    if (!all_finite(c)) return std::numeric_limits<double>::infinity();
    return largest_difference(picked(c, data->rows), data->exact);
  };
  return climb;
}

namespace {

// How far pooled values and indices are from the exact convolution z (bias included), of the same
// images. An index may name any element that is the maximum to within rounding.
double pooled_deviation(const Tensor& y, const Tensor& index, const Tensor& z) {
  const Tensor exact = max_pool2d(relu(z), {2, 2}, nullptr);
  const std::int64_t width = z.dim(2), channels = z.dim(3), pooled_width = width / 2;
  const double* const values = z.data<double>();
  const double* const most = exact.data<double>();
  const std::uint8_t* const positions = index.data<std::uint8_t>();
  double largest = 0;
  for (std::int64_t i = 0; i < exact.numel(); ++i) {
    const int position = positions[i];
    if (position > 3 && position != kNowhere) return std::numeric_limits<double>::infinity();
    // The pixel of the index, as rows of all images; a closed ReLU stands for 0.
    const std::int64_t window = i / channels, row = window / pooled_width * 2 + position / 2;
    const std::int64_t column = window % pooled_width * 2 + position % 2;
    const double found =
        position == kNowhere ? 0 : values[(row * width + column) * channels + i % channels];
    largest = std::max(largest, std::abs(most[i] - found));
  }
  return std::max(largest / root_mean_square(exact), largest_difference(y, exact));
}

}  // namespace

Climb climb_conv2d(Device device, int n, int h, int w, int c, int o) {
  struct Data {
    Tensor x, weight, packed, bias, z, y, index, exact;
    std::vector<std::int64_t> images;
  };
  const auto data = std::make_shared<Data>();
  const Tensor x = uniform({n, h, w, c}, 1), weight = uniform({o, 3, 3, c}, 2);
  const Tensor bias = uniform({o}, 3);
  data->x = x.to(device);
  data->weight = weight.to(device);
  data->packed = transposed(weight.reshape({o, 9 * c})).to(device);
  data->bias = bias.to(device);
  data->images = n > 1 ? std::vector<std::int64_t>{0, n - 1} : std::vector<std::int64_t>{0};
  data->exact = conv2d(picked(x, data->images).to(DType::f64), weight.to(DType::f64),
                       bias.to(DType::f64), {1, 1});

  const auto problem = [data, n, h, w, c, o] {
    return Conv2d{n,
                  h,
                  w,
                  c,
                  o,
                  data->x.device_data<float>(),
                  data->weight.device_data<float>(),
                  data->packed.device_data<float>(),
                  data->bias.device_data<float>(),
                  data->z.mutable_device_data<float>(),
                  data->y.mutable_device_data<float>(),
                  data->index.mutable_device_data<std::uint8_t>()};
  };
  Climb climb = climb_of("conv2d", Conv2d{n, h, w, c, o});
  climb.steps = steps_of(rungs_on(device).conv2d, problem);
  add_shipped(climb.steps, "kernels::conv2d_block, for any shape", [data] {
    const PoolGeometry pool;
    BlockOutput out = conv2d_block(data->x, data->weight, data->bias, {1, 1}, &pool, true);
    data->y = out.y;
    data->index = out.index.position;
  });
  climb.poison = [data, n, h, w, o, device] {
    data->z = unwritten({n, h, w, o}, DType::f32, device);
    data->y = unwritten({n, h / 2, w / 2, o}, DType::f32, device);
    data->index = unwritten({n, h / 2, w / 2, o}, DType::u8, device);
  };
  climb.deviation = [data] {
    const Tensor y = data->y.to(Device::cpu), index = data->index.to(Device::cpu);
    if (!all_finite(y)) return std::numeric_limits<double>::infinity();
    return pooled_deviation(picked(y, data->images), picked(index, data->images), data->exact);
  };
  return climb;
}

Climb climb_softmax(Device device, int rows, int columns) {
  struct Data {
    Tensor x, y, exact;
  };
  const auto data = std::make_shared<Data>();
  // A wide range, so that a wrong maximum overflows or loses digits.
  Tensor x = uniform({rows, columns}, 1);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.mutable_data<float>()[i] *= 100;
  data->x = x.to(device);
  data->exact = softmax(x.to(DType::f64));

  const auto problem = [data, rows, columns] {
    return Softmax{rows, columns, data->x.device_data<float>(),
                   data->y.mutable_device_data<float>()};
  };
  Climb climb = climb_of("softmax", Softmax{rows, columns});
  climb.steps = steps_of(rungs_on(device).softmax, problem);
  climb.steps.push_back({"shipped", "kernels::softmax, for any shape", Needs::sm_80, kFp32Tolerance,
                         [data] { data->y = softmax(data->x); }});
  climb.poison = [data, rows, columns, device] {
    data->y = unwritten({rows, columns}, DType::f32, device);
  };
  climb.deviation = [data] { return largest_difference(data->y.to(Device::cpu), data->exact); };
  return climb;
}

}  // namespace backlight::kernels::lab
