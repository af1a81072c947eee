#include "xai/grad_cam.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"

namespace backlight {
namespace {

using kernels::Binary;

// The objective's gradient with respect to a layer's output, and that output.
struct Activation {
  Tensor values, gradient;
};

Activation activation_of(const Model& model, const Tensor& x, const Objective& objective,
                         const std::string& layer) {
  Recording recording({.names = {layer}});
  const Var score = objective(model(recording.input(x)));
  const Var activation = recording.value(layer);
  require(activation.value().rank() == 4 && activation.dim(0) == 1,
          "Grad-CAM wants the output "
          "[1,h,w,C] of a convolutional layer, but that of ",
          layer, " is ", activation.shape());
  return {activation.value().to(Device::cpu), grad(score, activation).to(Device::cpu)};
}

double sum_of_magnitudes(const Tensor& x) {
  double total = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) total += std::abs(x.at(i));
  return total;
}

// Of `size` pixels, the two between which pixel i of `wanted` lies, and the share of the second.
struct Between {
  std::int64_t first, second;
  double share;
};

Between between(std::int64_t i, std::int64_t wanted, std::int64_t size) {
  const double at =
      (static_cast<double>(i) + 0.5) * static_cast<double>(size) / static_cast<double>(wanted) -
      0.5;
  const double inside = std::clamp(at, 0.0, static_cast<double>(size - 1));
  const auto first = static_cast<std::int64_t>(inside);
  return {first, std::min(first + 1, size - 1), inside - static_cast<double>(first)};
}

// The nearest pixel of a map [h,w] for each of height x width.
Tensor repeat_pixels(const Tensor& map, std::int64_t height, std::int64_t width) {
  Tensor out({height, width}, map.dtype());
  dispatch_floating(map.dtype(), "repeat_pixels", [&](auto type) {
    using T = decltype(type);
    const T* from = map.data<T>();
    T* to = out.mutable_data<T>();
    for (std::int64_t i = 0; i < height; ++i)
      for (std::int64_t j = 0; j < width; ++j)
        to[i * width + j] = from[(i * map.dim(0) / height) * map.dim(1) + j * map.dim(1) / width];
  });
  return out;
}

}  // namespace

GradCamResult grad_cam(const Model& model, const Tensor& x, const Objective& objective,
                       const GradCamOptions& options) {
  const auto [values, gradient] = activation_of(model, x, objective, options.layer);
  const std::int64_t h = values.dim(1), w = values.dim(2), channels = values.dim(3);
  GradCamResult result;
  result.weights =
      kernels::affine(kernels::sum_to(gradient, {channels}), 1 / static_cast<double>(h * w), 0);
  const Tensor weighted = kernels::binary(Binary::multiply, values, result.weights);
  const Tensor map = kernels::sum_to(weighted, {1, h, w, 1}).reshape({h, w});
  const Tensor positive = kernels::relu(map);
  const double magnitude = sum_of_magnitudes(map);
  if (magnitude > 0) result.negative_share = 1 - sum_of_magnitudes(positive) / magnitude;
  result.values = options.variant == Variant::captum ? map : positive;
  return result;
}

GuidedGradCamResult guided_grad_cam(const Model& model, const Tensor& x, const Objective& objective,
                                    const GradCamOptions& options) {
  require(x.rank() == 4, "Guided Grad-CAM explains a picture [1,H,W,C], not ", x.shape());
  const std::int64_t height = x.dim(1), width = x.dim(2);
  GuidedGradCamResult result;
  result.cam = grad_cam(model, x, objective, {.layer = options.layer});
  result.guided = guided_backprop(model, x, objective, {.variant = options.variant});
  const Tensor large = options.variant == Variant::captum
                           ? repeat_pixels(result.cam.values, height, width)
                           : enlarge(result.cam.values, height, width);
  result.values =
      kernels::binary(Binary::multiply, result.guided.values, large.reshape({1, height, width, 1}));
  return result;
}

Tensor enlarge(const Tensor& map, std::int64_t height, std::int64_t width) {
  require(map.rank() == 2 && map.numel() > 0, "a map to enlarge is [h,w], not ", map.shape());
  Tensor out({height, width}, map.dtype());
  dispatch_floating(map.dtype(), "enlarge", [&](auto type) {
    using T = decltype(type);
    T* to = out.mutable_data<T>();
    for (std::int64_t i = 0; i < height; ++i) {
      const Between rows = between(i, height, map.dim(0));
      for (std::int64_t j = 0; j < width; ++j) {
        const Between columns = between(j, width, map.dim(1));
        const auto along = [&](std::int64_t row) {
          return (1 - columns.share) * map.at(row * map.dim(1) + columns.first) +
                 columns.share * map.at(row * map.dim(1) + columns.second);
        };
        to[i * width + j] =
            static_cast<T>((1 - rows.share) * along(rows.first) + rows.share * along(rows.second));
      }
    }
  });
  return out;
}

}  // namespace backlight
