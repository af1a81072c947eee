// The processor's backend. Each family's functions are in the file of its name beside this one.
#pragma once

#include "kernels/backend.h"

namespace backlight::kernels {

class CpuBackend final : public Backend {
 public:
  Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
                Activation activation) const override;
  BlockOutput conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           Conv2dGeometry geometry, const PoolGeometry* pool,
                           bool keep) const override;
  Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                              Conv2dGeometry geometry, const PositiveMask* mask) const override;
  Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                                Conv2dGeometry geometry) const override;
  std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                    Conv2dGeometry geometry) const override;
  Tensor gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) const override;
  Tensor relu(const Tensor& x) const override;
  PositiveMask positive_mask(const Tensor& x) const override;
  Tensor apply_mask(const Tensor& g, const PositiveMask& mask) const override;
  PositiveMask complement(const PositiveMask& mask) const override;
  Tensor prelu(const Tensor& x, const Tensor& slope) const override;
  Tensor prelu_gradient(const Tensor& g, const PositiveMask& mask,
                        const Tensor& slope) const override;
  ChannelMoments channel_moments(const Tensor& x) const override;
  Tensor batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                    const Tensor& beta, double epsilon) const override;
  BatchNormGradients batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                          const Tensor& gamma, double epsilon,
                                          const Tensor& g) const override;
  Tensor unary(Unary f, const Tensor& x) const override;
  Tensor binary(Binary op, const Tensor& a, const Tensor& b) const override;
  Tensor affine(const Tensor& x, double scale, double shift) const override;
  Tensor power(const Tensor& x, double p) const override;
  Tensor broadcast_to(const Tensor& x, const Shape& shape) const override;
  Tensor sum_to(const Tensor& x, const Shape& shape) const override;
  Tensor max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index,
                    bool after_relu) const override;
  Tensor unpool2d(const Tensor& g, const PoolIndex& index) const override;
  Tensor pick_pooled(const Tensor& x, const PoolIndex& index) const override;
  Tensor relu_multipliers(const Tensor& g, const Tensor& x, double threshold) const override;
  PoolMultipliers max_pool2d_multipliers(const Tensor& g, const Tensor& x, const PoolIndex& index,
                                         double threshold, double at_ties) const override;
  Tensor sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                       std::int64_t width) const override;
  Tensor sample_affine_gradient(const Tensor& g, const AffineMap& map,
                                const Shape& input_shape) const override;
  Tensor windows_with_patches(const Tensor& picture, const Tensor& patches,
                              const std::vector<WindowPlace>& places, std::int64_t height,
                              std::int64_t width) const override;
  Tensor softmax(const Tensor& x) const override;
  Tensor log_softmax(const Tensor& x) const override;
  Tensor pick(const Tensor& x, const Tensor& index) const override;
  Tensor place(const Tensor& g, const Tensor& index, std::int64_t classes) const override;
  Tensor add_noise(const Tensor& x, double sigma, std::uint64_t seed, std::uint64_t first_sample,
                   std::int64_t count) const override;
  Tensor dropout_mask(const Shape& shape, double p, std::uint64_t seed, std::uint64_t stream,
                      DType dtype) const override;
  void add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                     GradientSums& sums) const override;
  void adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                   const AdamCoefficients& c) const override;
};

}  // namespace backlight::kernels
