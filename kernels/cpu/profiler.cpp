#include "kernels/cpu/profiler.h"

#include <chrono>
#include <type_traits>

#include "kernels/backend.h"
#include "kernels/cpu/backend.h"

namespace backlight::kernels {
namespace {

double bytes_of(const Tensor& tensor) {
  return tensor.defined() ? static_cast<double>(tensor.nbytes()) : 0;
}
double bytes_of(const PositiveMask& mask) { return bytes_of(mask.bits); }
double bytes_of(const BlockOutput& out) {
  return bytes_of(out.y) + bytes_of(out.open) + bytes_of(out.index.position);
}
double bytes_of(const ChannelMoments& m) { return bytes_of(m.mean) + bytes_of(m.variance); }
double bytes_of(const BatchNormGradients& g) {
  return bytes_of(g.x) + bytes_of(g.gamma) + bytes_of(g.beta);
}
double bytes_of(const PoolMultipliers& m) {
  return bytes_of(m.values) + bytes_of(m.index.position);
}
double bytes_of(const GradientSums& sums) { return bytes_of(sums.sum) + bytes_of(sums.squares); }

// The multiplications and additions of a convolution with an output (or its cotangent) of `y`.
double conv_flop(const Shape& y, const Shape& weight) {
  return 2.0 * static_cast<double>(y.numel()) * static_cast<double>(weight.numel()) /
         static_cast<double>(weight[0]);
}

// An op called by an op is part of that one.
thread_local bool is_timing = false;

// Calls f and records what it took. `bytes` are those of the inputs; those of the result are added.
template <typename F>
auto timed(const char* op, const Shape& shape, double flop, double bytes, const F& f) {
  if (is_timing) return f();
  struct Timing {
    Timing() { is_timing = true; }
    ~Timing() { is_timing = false; }
  };
  LaunchRecord record;
  record.kernel = op;
  record.shapes = str(shape);
  record.flop = flop;
  record.bytes = bytes;
  const auto start = std::chrono::steady_clock::now();
  const auto finish = [&] {
    record.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    add_record(std::move(record));
  };
  const Timing timing;
  if constexpr (std::is_void_v<decltype(f())>) {
    f();
    finish();
  } else {
    auto result = f();
    record.bytes += bytes_of(result);
    finish();
    return result;
  }
}

// CpuBackend with a clock around each op.
class TimedBackend final : public Backend {
 public:
  explicit TimedBackend(const Backend& cpu) : cpu_(cpu) {}

  Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry at,
                Activation activation) const override {
    return timed("conv2d", x.shape(), forward_flop(x, weight, at), bytes_of(x) + bytes_of(weight),
                 [&] { return cpu_.conv2d(x, weight, bias, at, activation); });
  }
  BlockOutput conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           Conv2dGeometry at, const PoolGeometry* pool, bool keep) const override {
    return timed("conv2d_block", x.shape(), forward_flop(x, weight, at),
                 bytes_of(x) + bytes_of(weight),
                 [&] { return cpu_.conv2d_block(x, weight, bias, at, pool, keep); });
  }
  Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                              Conv2dGeometry at, const PositiveMask* mask) const override {
    return timed("conv2d_data_gradient", g.shape(), conv_flop(g.shape(), weight.shape()),
                 bytes_of(g) + bytes_of(weight) + (mask ? bytes_of(*mask) : 0),
                 [&] { return cpu_.conv2d_data_gradient(g, weight, input_shape, at, mask); });
  }
  Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                                Conv2dGeometry at) const override {
    return timed("conv2d_weight_gradient", x.shape(), conv_flop(g.shape(), weight_shape),
                 bytes_of(x) + bytes_of(g),
                 [&] { return cpu_.conv2d_weight_gradient(x, g, weight_shape, at); });
  }
  std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                    Conv2dGeometry at) const override {
    return cpu_.conv2d_implementation(input_shape, weight_shape, at);
  }
  Tensor gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) const override {
    const auto columns = static_cast<double>(b.dim(transpose_b ? 0 : 1));
    return timed("gemm", a.shape(), 2 * static_cast<double>(a.numel()) * columns,
                 bytes_of(a) + bytes_of(b),
                 [&] { return cpu_.gemm(a, transpose_a, b, transpose_b); });
  }
  Tensor relu(const Tensor& x) const override {
    return timed("relu", x.shape(), 0, bytes_of(x), [&] { return cpu_.relu(x); });
  }
  PositiveMask positive_mask(const Tensor& x) const override {
    return timed("positive_mask", x.shape(), 0, bytes_of(x), [&] { return cpu_.positive_mask(x); });
  }
  Tensor apply_mask(const Tensor& g, const PositiveMask& mask) const override {
    return timed("apply_mask", g.shape(), 0, bytes_of(g) + bytes_of(mask),
                 [&] { return cpu_.apply_mask(g, mask); });
  }
  PositiveMask complement(const PositiveMask& mask) const override {
    return timed("complement", mask.shape, 0, bytes_of(mask),
                 [&] { return cpu_.complement(mask); });
  }
  Tensor prelu(const Tensor& x, const Tensor& slope) const override {
    return timed("prelu", x.shape(), 0, bytes_of(x), [&] { return cpu_.prelu(x, slope); });
  }
  Tensor prelu_gradient(const Tensor& g, const PositiveMask& mask,
                        const Tensor& slope) const override {
    return timed("prelu_gradient", g.shape(), 0, bytes_of(g) + bytes_of(mask),
                 [&] { return cpu_.prelu_gradient(g, mask, slope); });
  }
  ChannelMoments channel_moments(const Tensor& x) const override {
    return timed("channel_moments", x.shape(), 0, bytes_of(x),
                 [&] { return cpu_.channel_moments(x); });
  }
  Tensor batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                    const Tensor& beta, double epsilon) const override {
    return timed("batch_norm", x.shape(), 0, bytes_of(x),
                 [&] { return cpu_.batch_norm(x, moments, gamma, beta, epsilon); });
  }
  BatchNormGradients batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                          const Tensor& gamma, double epsilon,
                                          const Tensor& g) const override {
    return timed("batch_norm_gradients", x.shape(), 0, bytes_of(x) + bytes_of(g),
                 [&] { return cpu_.batch_norm_gradients(x, moments, gamma, epsilon, g); });
  }
  Tensor unary(Unary f, const Tensor& x) const override {
    return timed("unary", x.shape(), 0, bytes_of(x), [&] { return cpu_.unary(f, x); });
  }
  Tensor binary(Binary op, const Tensor& a, const Tensor& b) const override {
    return timed("binary", a.shape(), 0, bytes_of(a) + bytes_of(b),
                 [&] { return cpu_.binary(op, a, b); });
  }
  Tensor affine(const Tensor& x, double scale, double shift) const override {
    return timed("affine", x.shape(), 0, bytes_of(x), [&] { return cpu_.affine(x, scale, shift); });
  }
  Tensor power(const Tensor& x, double p) const override {
    return timed("power", x.shape(), 0, bytes_of(x), [&] { return cpu_.power(x, p); });
  }
  Tensor broadcast_to(const Tensor& x, const Shape& shape) const override {
    return timed("broadcast_to", x.shape(), 0, bytes_of(x),
                 [&] { return cpu_.broadcast_to(x, shape); });
  }
  Tensor sum_to(const Tensor& x, const Shape& shape) const override {
    return timed("sum_to", x.shape(), 0, bytes_of(x), [&] { return cpu_.sum_to(x, shape); });
  }
  Tensor max_pool2d(const Tensor& x, PoolGeometry at, PoolIndex* index,
                    bool after_relu) const override {
    return timed("max_pool2d", x.shape(), 0, bytes_of(x),
                 [&] { return cpu_.max_pool2d(x, at, index, after_relu); });
  }
  Tensor unpool2d(const Tensor& g, const PoolIndex& index) const override {
    return timed("unpool2d", g.shape(), 0, bytes_of(g) + bytes_of(index.position),
                 [&] { return cpu_.unpool2d(g, index); });
  }
  Tensor pick_pooled(const Tensor& x, const PoolIndex& index) const override {
    return timed("pick_pooled", x.shape(), 0, bytes_of(x) + bytes_of(index.position),
                 [&] { return cpu_.pick_pooled(x, index); });
  }
  Tensor relu_multipliers(const Tensor& g, const Tensor& x, double threshold) const override {
    return timed("relu_multipliers", x.shape(), 0, bytes_of(g) + bytes_of(x),
                 [&] { return cpu_.relu_multipliers(g, x, threshold); });
  }
  PoolMultipliers max_pool2d_multipliers(const Tensor& g, const Tensor& x, const PoolIndex& index,
                                         double threshold, double at_ties) const override {
    return timed("max_pool2d_multipliers", x.shape(), 0, 4 * bytes_of(g) + bytes_of(index.position),
                 [&] { return cpu_.max_pool2d_multipliers(g, x, index, threshold, at_ties); });
  }
  Tensor sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                       std::int64_t width) const override {
    return timed("sample_affine", x.shape(), 0, bytes_of(x),
                 [&] { return cpu_.sample_affine(x, map, height, width); });
  }
  Tensor sample_affine_gradient(const Tensor& g, const AffineMap& map,
                                const Shape& input_shape) const override {
    return timed("sample_affine_gradient", g.shape(), 0, bytes_of(g),
                 [&] { return cpu_.sample_affine_gradient(g, map, input_shape); });
  }
  Tensor windows_with_patches(const Tensor& picture, const Tensor& patches,
                              const std::vector<WindowPlace>& places, std::int64_t height,
                              std::int64_t width) const override {
    return timed(
        "windows_with_patches", patches.shape(), 0, bytes_of(picture) + bytes_of(patches),
        [&] { return cpu_.windows_with_patches(picture, patches, places, height, width); });
  }
  Tensor softmax(const Tensor& x) const override {
    return timed("softmax", x.shape(), 0, bytes_of(x), [&] { return cpu_.softmax(x); });
  }
  Tensor log_softmax(const Tensor& x) const override {
    return timed("log_softmax", x.shape(), 0, bytes_of(x), [&] { return cpu_.log_softmax(x); });
  }
  Tensor pick(const Tensor& x, const Tensor& index) const override {
    return timed("pick", x.shape(), 0, bytes_of(index), [&] { return cpu_.pick(x, index); });
  }
  Tensor place(const Tensor& g, const Tensor& index, std::int64_t classes) const override {
    return timed("place", g.shape(), 0, bytes_of(g) + bytes_of(index),
                 [&] { return cpu_.place(g, index, classes); });
  }
  Tensor add_noise(const Tensor& x, double sigma, std::uint64_t seed, std::uint64_t first_sample,
                   std::int64_t count) const override {
    return timed("add_noise", x.shape(), 0, bytes_of(x),
                 [&] { return cpu_.add_noise(x, sigma, seed, first_sample, count); });
  }
  Tensor dropout_mask(const Shape& shape, double p, std::uint64_t seed, std::uint64_t stream,
                      DType dtype) const override {
    return timed("dropout_mask", shape, 0, 0,
                 [&] { return cpu_.dropout_mask(shape, p, seed, stream, dtype); });
  }
  void add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                     GradientSums& sums) const override {
    timed("add_gradients", g.shape(), 0, bytes_of(g) + 2 * bytes_of(sums),
          [&] { cpu_.add_gradients(g, weights, magnitude, sums); });
  }
  void adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                   const AdamCoefficients& c) const override {
    timed("adam_update", g.shape(), 0, 7 * bytes_of(g),
          [&] { cpu_.adam_update(parameter, m, v, g, c); });
  }

 private:
  static double forward_flop(const Tensor& x, const Tensor& weight, Conv2dGeometry at) {
    const Shape y{x.dim(0), at.output_size(x.dim(1), weight.dim(1)),
                  at.output_size(x.dim(2), weight.dim(2)), weight.dim(0)};
    return conv_flop(y, weight.shape());
  }

  const Backend& cpu_;
};

// Puts the timed backend in the place of the processor's own for as long as a profile is open.
class CpuProfiler final : public DeviceProfiler {
 public:
  void start() override {
    own_ = &backend_of(Device::cpu);
    timed_.emplace(*own_);
    register_backend(Device::cpu, *timed_);
  }
  void stop(std::vector<LaunchRecord>&) override { register_backend(Device::cpu, *own_); }

 private:
  const Backend* own_ = nullptr;
  std::optional<TimedBackend> timed_;
};

}  // namespace

DeviceProfiler& cpu_profiler() {
  static CpuProfiler profiler;
  return profiler;
}

}  // namespace backlight::kernels
