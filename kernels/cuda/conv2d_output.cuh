// How a convolution's product leaves the block: with bias and ReLU, what the gradient will need of
// the ReLU, pooled or closed where a ReLU before was closed.
#pragma once

#include "kernels/cuda/conv2d_geometry.cuh"
#include "kernels/cuda/matrix/staged_product.cuh"
#include "kernels/pooling.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// What may be null is not wanted. Masks are PositiveMask's bits.
struct ConvolutionOutput {
  float* y = nullptr;
  const float* bias = nullptr;  // [out_channels]
  bool relu = false;
  const std::uint8_t* mask = nullptr;  // what it closes becomes 0
  std::uint8_t* open = nullptr;        // where y is positive; out_channels is a multiple of 8
  std::uint8_t* position = nullptr;    // of PoolIndex, where pixels come in windows
};

// Four neighbouring channels of a bias, 0 where there are none.
__device__ __forceinline__ float4 bias_of(const ConvolutionOutput& out, int column, int columns) {
  const auto at = [&](int c) { return out.bias && c < columns ? out.bias[c] : 0.0f; };
  return make_float4(at(column), at(column + 1), at(column + 2), at(column + 3));
}

// relu(v + bias); NaN stays NaN.
__device__ __forceinline__ float activate(float v, float bias, bool relu) {
  v += bias;
  return relu && v < 0 ? 0.0f : v;
}

__device__ __forceinline__ float4 activate(const float4& v, const float4& bias, bool relu) {
  return make_float4(activate(v.x, bias.x, relu), activate(v.y, bias.y, relu),
                     activate(v.z, bias.z, relu), activate(v.w, bias.w, relu));
}

__device__ __forceinline__ float4 apply_mask(const std::uint8_t* mask, std::int64_t at,
                                             const float4& v, int channels_left) {
  const auto masked = [&](int i, float value) {
    return i < channels_left && mask[(at + i) / 8] >> (at + i) % 8 & 1 ? value : 0.0f;
  };
  return make_float4(masked(0, v.x), masked(1, v.y), masked(2, v.z), masked(3, v.w));
}

// Neighbouring lanes have four bits each of one byte; the even one writes it. All lanes take part.
__device__ __forceinline__ void store_positive(std::uint8_t* open, std::int64_t at, const float4& v,
                                               bool inside) {
  const unsigned bits = (v.x > 0) | (v.y > 0) << 1 | (v.z > 0) << 2 | (v.w > 0) << 3;
  const unsigned other = __shfl_down_sync(0xffffffff, bits, 1);
  if (inside && at % 8 == 0) open[at / 8] = static_cast<std::uint8_t>(bits | other << 4);
}

// Writes the product's pixels, in their order, from (first_row, first_column) of D on.
template <typename Tile>
__device__ __forceinline__ void store_pixels(const StagedProduct<Tile>& product,
                                             const Convolution& c, const ConvolutionOutput& out,
                                             int first_row, int first_column) {
  const int column = first_column + product.column(), channels = c.out_channels;
  const float4 bias = bias_of(out, column, channels);
#pragma unroll 4
  for (int row = product.first_row(); row < Tile::kM; row += product.kRowStep) {
    const bool inside = first_row + row < c.pixels && column < channels;
    const std::int64_t at = static_cast<std::int64_t>(first_row + row) * channels + column;
    float4 v = activate(product.read(row), bias, out.relu);
    if (out.mask && inside) v = apply_mask(out.mask, at, v, channels - column);
    if (out.open) store_positive(out.open, at, v, inside);
    if (inside) store_chunk(out.y + at, v, column, channels);
  }
}

// The first maximum of four values, NaN above all, and its place; kNowhere if it is not positive.
struct Maximum {
  float value;
  unsigned position;

  __device__ Maximum(float v0, float v1, float v2, float v3) : value(v0), position(0) {
    take(v1, 1);
    take(v2, 2);
    take(v3, 3);
    if (value <= 0) position = kNowhere;
  }
  __device__ void take(float v, unsigned at) {
    if (!(v > value) && v == v) return;
    value = v;
    position = at;
  }
};

// Writes the maximum of each 2x2 window, and where it was. Rows 4i .. 4i + 3 of D are a window.
template <typename Tile>
__device__ __forceinline__ void store_pooled(const StagedProduct<Tile>& product,
                                             const Convolution& c, const ConvolutionOutput& out,
                                             int first_row, int first_column) {
  const int column = first_column + product.column(), channels = c.out_channels;
  const float4 bias = bias_of(out, column, channels);
  for (int window = product.first_row(); window < Tile::kM / 4; window += product.kRowStep) {
    if (first_row + 4 * window >= c.pixels || column >= channels) break;
    float4 v[4];
    for (int i = 0; i < 4; ++i) v[i] = activate(product.read(4 * window + i), bias, true);
    const Maximum x(v[0].x, v[1].x, v[2].x, v[3].x), y(v[0].y, v[1].y, v[2].y, v[3].y);
    const Maximum z(v[0].z, v[1].z, v[2].z, v[3].z), w(v[0].w, v[1].w, v[2].w, v[3].w);
    const std::int64_t at = static_cast<std::int64_t>(first_row / 4 + window) * channels + column;
    store_chunk(out.y + at, make_float4(x.value, y.value, z.value, w.value), column, channels);
    if (!out.position) continue;
    const unsigned positions[] = {x.position, y.position, z.position, w.position};
    if (channels % 4 == 0)
      store_vector(out.position + at,
                   positions[0] | positions[1] << 8 | positions[2] << 16 | positions[3] << 24);
    else
      for (int i = 0; i < 4 && column + i < channels; ++i)
        out.position[at + i] = static_cast<std::uint8_t>(positions[i]);
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
