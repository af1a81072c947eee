#include <algorithm>
#include <cmath>

#include "models/image/image.h"
#include "tensor/error.h"

namespace backlight {
namespace {

// Fixed point: 8 bits of pixel, 2 of head room and 22 of fraction make 32.
constexpr int fraction_bits = 22;

// The weights of one axis: output i is a weighted sum of inputs [first[i], first[i] + count[i]),
// with weights at i * stride.
struct Weights {
  std::vector<int> first, count, fixed;
  int stride = 0;
};

// Source: the formula of resize_bilinear, in the order of operations of Pillow's Resample.c,
// which decides the last bit.
Weights triangle_weights(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);  // half the width of the triangle
  const double inverse = 1.0 / support;
  Weights weights;
  weights.stride = static_cast<int>(std::ceil(support)) * 2 + 1;
  weights.first.resize(static_cast<std::size_t>(out));
  weights.count.resize(static_cast<std::size_t>(out));
  weights.fixed.resize(static_cast<std::size_t>(out) * static_cast<std::size_t>(weights.stride));
  std::vector<double> exact(static_cast<std::size_t>(weights.stride));
  for (std::size_t i = 0; i < static_cast<std::size_t>(out); ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), in) - first;
    double sum = 0.0;
    for (int j = 0; j < count; ++j) {
      const double distance = std::abs((j + first - center + 0.5) * inverse);
      exact[static_cast<std::size_t>(j)] = distance < 1.0 ? 1.0 - distance : 0.0;
      sum += exact[static_cast<std::size_t>(j)];
    }
    int* const fixed = &weights.fixed[i * static_cast<std::size_t>(weights.stride)];
    for (int j = 0; j < count; ++j) {
      const double weight = sum != 0.0 ? exact[static_cast<std::size_t>(j)] / sum : 0.0;
      fixed[j] = static_cast<int>(0.5 + weight * (1 << fraction_bits));
    }
    weights.first[i] = first;
    weights.count[i] = count;
  }
  return weights;
}

std::uint8_t to_byte(int sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> fraction_bits, 0, 255));
}

constexpr int half = 1 << (fraction_bits - 1);

// Every row of `in`, resized to `width`.
Image resize_rows(const Image& in, int width) {
  const Weights weights = triangle_weights(in.width, width);
  Image out = Image::filled(width, in.height, 0, 0, 0);
#pragma omp parallel for schedule(static)
  for (int y = 0; y < in.height; ++y) {
    std::uint8_t* to = out.pixel(0, y);
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x, to += 3) {
      const int* const weight = &weights.fixed[x * static_cast<std::size_t>(weights.stride)];
      const std::uint8_t* from = in.pixel(weights.first[x], y);
      int red = half, green = half, blue = half;
      for (int j = 0; j < weights.count[x]; ++j, from += 3) {
        red += from[0] * weight[j];
        green += from[1] * weight[j];
        blue += from[2] * weight[j];
      }
      to[0] = to_byte(red);
      to[1] = to_byte(green);
      to[2] = to_byte(blue);
    }
  }
  return out;
}

// Every column of `in`, resized to `height`, a row of sums at a time.
Image resize_columns(const Image& in, int height) {
  const Weights weights = triangle_weights(in.height, height);
  Image out = Image::filled(in.width, height, 0, 0, 0);
  const auto row_bytes = 3 * static_cast<std::size_t>(in.width);
#pragma omp parallel for schedule(static)
  for (int y = 0; y < height; ++y) {
    const auto row = static_cast<std::size_t>(y);
    const int* const weight = &weights.fixed[row * static_cast<std::size_t>(weights.stride)];
    std::vector<int> sums(row_bytes, half);
    for (int j = 0; j < weights.count[row]; ++j) {
      const std::uint8_t* const from = in.pixel(0, weights.first[row] + j);
      for (std::size_t i = 0; i < row_bytes; ++i) sums[i] += from[i] * weight[j];
    }
    std::transform(sums.begin(), sums.end(), out.pixel(0, y), to_byte);
  }
  return out;
}

}  // namespace

Image resize_bilinear(const Image& image, int width, int height) {
  require(image.width > 0 && image.height > 0, "a picture without pixels cannot be resized");
  require(
      width > 0 && height > 0 && width <= max_pixels / height && width <= max_pixels / image.height,
      "a picture cannot be resized to ", width, " x ", height,
      " pixels; give extents of at least 1 and at most ", max_pixels, " pixels");
  const int narrower_by = image.width - width;
  const int lower_by = image.height - height;
  if (narrower_by == 0 && lower_by == 0) return image;
  if (lower_by == 0) return resize_rows(image, width);
  if (narrower_by == 0) return resize_columns(image, height);
  if (lower_by > 0 && lower_by > 2 * std::int64_t{narrower_by})
    return resize_rows(resize_columns(image, height), width);
  return resize_columns(resize_rows(image, width), height);
}

}  // namespace backlight
