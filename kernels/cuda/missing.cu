// What has no kernel yet says so.
#include "kernels/cuda/backend.h"

namespace backlight::kernels::BACKLIGHT_GPU {

Tensor GpuBackend::relu(const Tensor&) const { fail("relu has no kernel for GPUs yet"); }
PositiveMask GpuBackend::positive_mask(const Tensor&) const {
  fail("positive_mask has no kernel for GPUs yet");
}
Tensor GpuBackend::apply_mask(const Tensor&, const PositiveMask&) const {
  fail("apply_mask has no kernel for GPUs yet");
}
PositiveMask GpuBackend::complement(const PositiveMask&) const {
  fail("complement has no kernel for GPUs yet");
}
Tensor GpuBackend::prelu(const Tensor&, const Tensor&) const {
  fail("prelu has no kernel for GPUs yet");
}
Tensor GpuBackend::prelu_gradient(const Tensor&, const PositiveMask&, const Tensor&) const {
  fail("prelu_gradient has no kernel for GPUs yet");
}
ChannelMoments GpuBackend::channel_moments(const Tensor&) const {
  fail("channel_moments has no kernel for GPUs yet");
}
Tensor GpuBackend::batch_norm(const Tensor&, const ChannelMoments&, const Tensor&, const Tensor&,
                              double) const {
  fail("batch_norm has no kernel for GPUs yet");
}
BatchNormGradients GpuBackend::batch_norm_gradients(const Tensor&, const ChannelMoments&,
                                                    const Tensor&, double, const Tensor&) const {
  fail("batch_norm_gradients has no kernel for GPUs yet");
}
Tensor GpuBackend::unary(Unary, const Tensor&) const { fail("unary has no kernel for GPUs yet"); }
Tensor GpuBackend::binary(Binary, const Tensor&, const Tensor&) const {
  fail("binary has no kernel for GPUs yet");
}
Tensor GpuBackend::affine(const Tensor&, double, double) const {
  fail("affine has no kernel for GPUs yet");
}
Tensor GpuBackend::power(const Tensor&, double) const { fail("power has no kernel for GPUs yet"); }
Tensor GpuBackend::broadcast_to(const Tensor&, const Shape&) const {
  fail("broadcast_to has no kernel for GPUs yet");
}
Tensor GpuBackend::sum_to(const Tensor&, const Shape&) const {
  fail("sum_to has no kernel for GPUs yet");
}
Tensor GpuBackend::max_pool2d(const Tensor&, PoolGeometry, PoolIndex*, bool) const {
  fail("max_pool2d has no kernel for GPUs yet");
}
Tensor GpuBackend::unpool2d(const Tensor&, const PoolIndex&) const {
  fail("unpool2d has no kernel for GPUs yet");
}
Tensor GpuBackend::pick_pooled(const Tensor&, const PoolIndex&) const {
  fail("pick_pooled has no kernel for GPUs yet");
}
Tensor GpuBackend::softmax(const Tensor&) const { fail("softmax has no kernel for GPUs yet"); }
Tensor GpuBackend::log_softmax(const Tensor&) const {
  fail("log_softmax has no kernel for GPUs yet");
}
Tensor GpuBackend::pick(const Tensor&, const Tensor&) const {
  fail("pick has no kernel for GPUs yet");
}
Tensor GpuBackend::place(const Tensor&, const Tensor&, std::int64_t) const {
  fail("place has no kernel for GPUs yet");
}
Tensor GpuBackend::add_noise(const Tensor&, double, std::uint64_t, std::uint64_t,
                             std::int64_t) const {
  fail("add_noise has no kernel for GPUs yet");
}
Tensor GpuBackend::dropout_mask(const Shape&, double, std::uint64_t, std::uint64_t, DType) const {
  fail("dropout_mask has no kernel for GPUs yet");
}
void GpuBackend::add_gradients(const Tensor&, const std::vector<double>&, bool,
                               GradientSums&) const {
  fail("add_gradients has no kernel for GPUs yet");
}
void GpuBackend::adam_update(Tensor&, Tensor&, Tensor&, const Tensor&,
                             const AdamCoefficients&) const {
  fail("adam_update has no kernel for GPUs yet");
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
