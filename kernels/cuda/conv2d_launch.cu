#include "kernels/cuda/conv2d_launch.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

Convolution convolution_of(const ConvolutionOperands& operands, std::int64_t height,
                           std::int64_t width, bool windows) {
  const Shape &x = operands.x_shape, &w = operands.weight_shape;
  (void)extent_of(x[1] * x[2] * x[3]);  // an image is indexed in 32 bits
  return {.x = operands.x,
          .images = extent_of(x[0]),
          .height = extent_of(x[1]),
          .width = extent_of(x[2]),
          .channels = extent_of(x[3]),
          .spread = 1,
          .window_height = extent_of(w[1]),
          .window_width = extent_of(w[2]),
          .stride = 1,
          .top = 0,
          .left = 0,
          .order = PixelOrder(extent_of(height), extent_of(width), windows),
          .pixels = extent_of(x[0] * height * width),
          .out_channels = extent_of(w[0]),
          .depth = extent_of(w[1] * w[2] * w[3]),
          .weights = {operands.weights, w[0], w[1] * w[2] * w[3]}};
}

Convolution forward_convolution(const ConvolutionOperands& operands, Conv2dGeometry geometry,
                                bool windows) {
  const Shape &x = operands.x_shape, &w = operands.weight_shape;
  Convolution c = convolution_of(operands, geometry.output_size(x[1], w[1]),
                                 geometry.output_size(x[2], w[2]), windows);
  c.stride = extent_of(geometry.stride);
  c.top = c.left = extent_of(geometry.padding);
  return c;
}

double least_bytes(const Convolution& c, const ConvolutionOutput& out) {
  const double x = static_cast<double>(c.images) * c.height * c.width * c.channels;
  const double y = static_cast<double>(c.pixels) * c.out_channels / (c.order.windows() ? 4 : 1);
  const double weights = static_cast<double>(c.out_channels) * c.depth;
  return sizeof(float) * (x + weights + y) + (out.position ? y : 0) +
         ((out.open != nullptr) + (out.mask != nullptr)) * y / 8;
}

bool has_vectors(const Convolution& c) {
  return c.channels % 4 == 0 && reinterpret_cast<std::uintptr_t>(c.x) % 16 == 0 &&
         c.weights.vectors;
}

ChosenTile choose_tile(const Convolution& c) {
  if (!has_vectors(c)) return {128, c.out_channels <= 16 ? 16 : 64};
  // Beside its own products, a tile costs about as much as 32 columns do to bring the patches.
  const auto cost = [&](int columns) {
    return tiles_over(c.out_channels, columns) * (columns + 32);
  };
  int columns = 128;
  for (const int narrower : {64, 32, 16, 8})
    if (cost(narrower) < cost(columns)) columns = narrower;
  // Fewer tiles than a GPU has multiprocessors: better smaller ones.
  constexpr std::int64_t kEnoughTiles = 96;
  const std::int64_t tiles =
      std::int64_t{tiles_over(c.pixels, 128)} * tiles_over(c.out_channels, columns);
  if (columns >= 64 && tiles < kEnoughTiles) return {64, 64};
  return {128, columns};
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
