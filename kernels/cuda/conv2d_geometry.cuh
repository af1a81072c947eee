// A convolution as a matrix product whose matrices are never written down ("implicit GEMM").
//
// D = A B, a row m for each output pixel (n,p,q), a column for each output channel o, and
// k = (r,s,i), the channels of each tap of the window in turn:
//     A[m,k] = x[n, p stride + r - top, q stride + s - left, i]    the patch of pixel m
//     B[k,o] = w[o,r,s,i]                                          rows of k lie in memory as such
#pragma once

#include "kernels/cuda/matrix/divisor.cuh"
#include "kernels/cuda/matrix/matrix_source.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

struct Pixel {
  int image, row, column;
};

// The order of the output pixels as rows of D.
class PixelOrder {
 public:
  PixelOrder() = default;
  // Row by row, image by image; or with `windows` in 2x2 windows, so that the four pixels of each
  // are neighbours: 0 1 4 5
  //                 2 3 6 7
  PixelOrder(int height, int width, bool windows)
      : windows_(windows),
        per_image_(windows ? height / 2 * (width / 2) : height * width),
        per_row_(windows ? width / 2 : width) {}

  __device__ Pixel at(int m) const {
    const int unit = windows_ ? m / 4 : m;
    const int image = per_image_.quotient(unit);
    const int in_image = unit - image * per_image_.value();
    const int row = per_row_.quotient(in_image);
    const int column = in_image - row * per_row_.value();
    if (!windows_) return {image, row, column};
    return {image, 2 * row + m / 2 % 2, 2 * column + m % 2};
  }
  __host__ __device__ bool windows() const { return windows_; }

 private:
  bool windows_ = false;
  Divisor per_image_, per_row_;
};

struct Convolution {
  const float* x;  // [images,height,width,channels]
  int images, height, width, channels;
  // x stands for an image with spread - 1 zeros between its pixels. The gradient of a convolution
  // with a stride is one over such an image.
  int spread;
  int window_height, window_width, stride, top, left;
  PixelOrder order;
  int pixels;        // rows of D
  int out_channels;  // columns of D
  int depth;         // of k: window_height window_width channels
  Matrix weights;    // [out_channels,depth]
};

// A row of A: where its window begins. In image -1 it is a row of zeros.
struct Patch {
  int image, top, left;
};

__device__ __forceinline__ Patch patch_at(const Convolution& c, int m) {
  if (m >= c.pixels) return {-1, 0, 0};
  const Pixel pixel = c.order.at(m);
  return {pixel.image, pixel.row * c.stride - c.top, pixel.column * c.stride - c.left};
}

// A column of A.
struct Tap {
  int row, column, channel;
};

__device__ __forceinline__ Tap tap_at(const Convolution& c, int k) {
  const int tap = k / c.channels;
  return {tap / c.window_width, tap % c.window_width, k % c.channels};
}

__device__ __forceinline__ void advance(const Convolution& c, Tap& tap, int k) {
  tap.channel += k;
  while (tap.channel >= c.channels) {
    tap.channel -= c.channels;
    if (++tap.column == c.window_width) {
      tap.column = 0;
      ++tap.row;
    }
  }
}

// Copies kWidth floats of A into shared memory: zeros in the padding and beyond the last tap. The
// conditions are joined without branches, so that the lanes of a warp stay together.
template <int kWidth>
__device__ __forceinline__ void copy_patch(const Convolution& c, const Patch& patch, const Tap& tap,
                                           float* to) {
  int row = patch.top + tap.row, column = patch.left + tap.column;
  bool inside = (patch.image >= 0) & (tap.row < c.window_height) & (row >= 0) & (column >= 0);
  if (c.spread > 1) {
    inside &= (row % c.spread == 0) & (column % c.spread == 0);
    row /= c.spread;
    column /= c.spread;
  }
  inside &= (row < c.height) & (column < c.width);
  const std::int64_t image =
      static_cast<std::int64_t>(patch.image) * (c.height * c.width * c.channels);
  const std::int64_t at = image + (row * c.width + column) * c.channels + tap.channel;
  constexpr int kBytes = kWidth * static_cast<int>(sizeof(float));
  cp_async<kBytes>(to, c.x + (inside ? at : 0), inside ? kBytes : 0);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
