#include "kernels/batch_norm.h"

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check_channels(const Tensor& x, std::initializer_list<const Tensor*> per_channel) {
  for (const Tensor* tensor : per_channel) {
    require(tensor->numel() == x.dim(-1), "batch_norm: ", tensor->numel(),
            " channels do not fit an input of ", x.dim(-1));
    require_same_device("batch_norm", {&x, tensor});
  }
}

}  // namespace

ChannelMoments channel_moments(const Tensor& x) {
  require(x.numel() > 0, "batch statistics of an empty batch of shape ", x.shape());
  return backend_of(x).channel_moments(x);
}

Tensor batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                  const Tensor& beta, double epsilon) {
  check_channels(x, {&moments.mean, &moments.variance, &gamma, &beta});
  return backend_of(x).batch_norm(x, moments, gamma, beta, epsilon);
}

BatchNormGradients batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                        const Tensor& gamma, double epsilon, const Tensor& g) {
  check_channels(x, {&moments.mean, &moments.variance, &gamma});
  require(g.shape() == x.shape(), "batch_norm: a cotangent of shape ", g.shape(),
          " does not fit an input of ", x.shape());
  require_same_device("batch_norm", {&x, &g});
  return backend_of(x).batch_norm_gradients(x, moments, gamma, epsilon, g);
}

}  // namespace backlight::kernels
