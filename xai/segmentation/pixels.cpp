#include "xai/segmentation/pixels.h"

#include <array>
#include <cmath>

#include "kernels/parallel.h"

namespace backlight {
namespace {

using Triple = std::array<double, 3>;

// Red, green and blue to X, Y and Z.
constexpr std::array<Triple, 3> kXyzOfRgb{{{0.412453, 0.357580, 0.180423},
                                           {0.212671, 0.715160, 0.072169},
                                           {0.019334, 0.119193, 0.950227}}};
constexpr Triple kWhite{0.95047, 1.0, 1.08883};

double linear_of(double s) { return s > 0.04045 ? std::pow((s + 0.055) / 1.055, 2.4) : s / 12.92; }

double lightness(double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116.0; }

// w[j] for j = 0 .. radius: half of a kernel whose whole sums to 1.
std::vector<double> gaussian_kernel(double sigma) {
  const auto radius = static_cast<std::size_t>(4 * sigma + 0.5);
  std::vector<double> kernel(radius + 1);
  double sum = 0;
  for (std::size_t j = 0; j <= radius; ++j) {
    const auto distance = static_cast<double>(j);
    kernel[j] = std::exp(-0.5 / (sigma * sigma) * distance * distance);
    sum += j == 0 ? kernel[j] : 2 * kernel[j];
  }
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

// A position beyond the edges of [0, size), mirrored as often as needed: c b a | a b c | c b a.
std::int64_t mirrored(std::int64_t at, std::int64_t size) {
  const std::int64_t period = 2 * size;
  at = ((at % period) + period) % period;
  return at < size ? at : period - 1 - at;
}

// Smooths along one axis, whose elements lie `stride` values apart. The other positions are
// `lines` beginnings: begin(line) is the first value of one.
template <typename Begin>
std::vector<double> smoothed(const std::vector<double>& values, std::int64_t size,
                             std::int64_t stride, std::int64_t lines, const Begin& begin,
                             const std::vector<double>& kernel) {
  std::vector<double> out(values.size());
  const auto radius = static_cast<std::int64_t>(kernel.size()) - 1;
  kernels::parallel_ranges(lines, 64, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t line = first; line < last; ++line) {
      const double* const from = values.data() + begin(line);
      double* const to = out.data() + begin(line);
      for (std::int64_t i = 0; i < size; ++i) {
        double sum = from[i * stride] * kernel[0];
        for (std::int64_t j = radius; j >= 1; --j)
          sum += (from[mirrored(i - j, size) * stride] + from[mirrored(i + j, size) * stride]) *
                 kernel[static_cast<std::size_t>(j)];
        to[i * stride] = sum;
      }
    }
  });
  return out;
}

}  // namespace

Pixels pixels_of(const Tensor& picture) {
  const std::int64_t rank = picture.rank();
  require((rank == 3 || (rank == 4 && picture.dim(0) == 1)) && picture.numel() > 0,
          "a picture to segment is [H,W,C] or [1,H,W,C], not ", picture.shape());
  require(all_finite(picture.to(Device::cpu)),
          "the picture holds values that are not finite numbers, so it cannot be segmented");
  const Tensor here = picture.to(Device::cpu).dense().to(DType::f64);
  const double* const values = here.data<double>();
  return {here.dim(-3), here.dim(-2), here.dim(-1), {values, values + here.numel()}};
}

Tensor tensor_of(const Pixels& pixels, DType dtype) {
  return Tensor::from(pixels.values, {pixels.height, pixels.width, pixels.channels}).to(dtype);
}

Pixels lab_of(const Pixels& rgb) {
  require(rgb.channels == 3, "a picture in L*a*b* is made of three colours, not ", rgb.channels);
  Pixels lab = rgb;
  const std::int64_t count = rgb.height * rgb.width;
  kernels::parallel_ranges(count, 1024, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t p = first; p < last; ++p) {
      double* const pixel = lab.values.data() + 3 * p;
      const Triple linear{linear_of(pixel[0]), linear_of(pixel[1]), linear_of(pixel[2])};
      Triple f;
      for (std::size_t i = 0; i < 3; ++i) {
        const Triple& row = kXyzOfRgb[i];
        const double xyz = linear[0] * row[0] + linear[1] * row[1] + linear[2] * row[2];
        f[i] = lightness(xyz / kWhite[i]);
      }
      pixel[0] = 116.0 * f[1] - 16.0;
      pixel[1] = 500.0 * (f[0] - f[1]);
      pixel[2] = 200.0 * (f[1] - f[2]);
    }
  });
  return lab;
}

Pixels blurred(const Pixels& picture, double sigma) {
  require(sigma >= 0 && sigma <= 1e4, "the sigma of a blur is between 0 and 10000 pixels, not ",
          sigma);
  if (sigma == 0) return picture;
  const std::vector<double> kernel = gaussian_kernel(sigma);
  const std::int64_t row = picture.width * picture.channels;
  Pixels out = picture;
  out.values = smoothed(
      picture.values, picture.height, row, row, [](std::int64_t line) { return line; }, kernel);
  out.values = smoothed(
      out.values, picture.width, picture.channels, picture.height * picture.channels,
      [&](std::int64_t line) { return line / picture.channels * row + line % picture.channels; },
      kernel);
  return out;
}

}  // namespace backlight
