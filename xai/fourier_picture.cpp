#include "xai/fourier_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/noise.h"

namespace backlight {
namespace {

using Matrix3 = std::array<std::array<double, 3>, 3>;

// Square roots of the covariance of ImageNet's colours, by Lucid: a row for red, green and blue, a
// column for each principal colour.
constexpr Matrix3 kPrincipalColours{{{0.26, 0.09, 0.02}, {0.27, 0.00, -0.05}, {0.27, -0.09, 0.03}}};

Matrix3 colours() {
  double longest = 0;
  for (std::size_t k = 0; k < 3; ++k)
    longest = std::max(longest, std::hypot(kPrincipalColours[0][k], kPrincipalColours[1][k],
                                           kPrincipalColours[2][k]));
  Matrix3 m = kPrincipalColours;
  for (auto& row : m)
    for (double& value : row) value /= longest;
  return m;
}

// By Cramer's rule.
Matrix3 inverse_of(const Matrix3& m) {
  const auto cofactor = [&](std::size_t i, std::size_t j) {
    return m[(i + 1) % 3][(j + 1) % 3] * m[(i + 2) % 3][(j + 2) % 3] -
           m[(i + 1) % 3][(j + 2) % 3] * m[(i + 2) % 3][(j + 1) % 3];
  };
  const double determinant =
      m[0][0] * cofactor(0, 0) + m[0][1] * cofactor(0, 1) + m[0][2] * cofactor(0, 2);
  Matrix3 inverse;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) inverse[i][j] = cofactor(j, i) / determinant;
  return inverse;
}

// The frequency of row `a` of the basis, in waves a pixel.
double frequency(std::int64_t a, std::int64_t size) {
  return static_cast<double>((a + 1) / 2) / static_cast<double>(size);
}

// F[a,i], [size,size]: rows of length 1 at right angles to each other.
Tensor fourier_basis(std::int64_t size) {
  Tensor basis({size, size}, DType::f64);
  double* to = basis.mutable_data<double>();
  const auto n = static_cast<double>(size);
  for (std::int64_t a = 0; a < size; ++a) {
    const bool once = a == 0 || 2 * ((a + 1) / 2) == size;  // the mean, and the finest cosine
    const double length = std::sqrt((once ? 1.0 : 2.0) / n);
    for (std::int64_t i = 0; i < size; ++i) {
      // Whole turns taken away while the numbers are whole: the angle stays exact.
      const std::int64_t turn = (a + 1) / 2 * i % size;
      const double angle = 2 * std::numbers::pi * static_cast<double>(turn) / n;
      *to++ = length * (a % 2 == 1 || a == 0 ? std::cos(angle) : std::sin(angle));
    }
  }
  return basis;
}

// The Kronecker product: [3W,3W] with basis[b,j] colours[k][c] at (3b + k, 3j + c), or transposed.
Tensor with_colours(const Tensor& basis, const Matrix3& m, bool transposed) {
  const std::int64_t size = basis.dim(0);
  Tensor out({3 * size, 3 * size}, DType::f64);
  double* to = out.mutable_data<double>();
  for (std::int64_t u = 0; u < size; ++u)
    for (std::size_t k = 0; k < 3; ++k)
      for (std::int64_t v = 0; v < size; ++v)
        for (std::size_t c = 0; c < 3; ++c)
          *to++ = basis.at(transposed ? v * size + u : u * size + v) * m[c][k];
  return out;
}

Tensor falling_amplitudes(std::int64_t height, std::int64_t width) {
  Tensor out({height, 3 * width}, DType::f64);
  double* to = out.mutable_data<double>();
  const double lowest = 1 / static_cast<double>(std::max(height, width));
  for (std::int64_t a = 0; a < height; ++a)
    for (std::int64_t b = 0; b < width; ++b) {
      const double f = std::hypot(frequency(a, height), frequency(b, width));
      for (int k = 0; k < 3; ++k) *to++ = 1 / (4 * std::max(f, lowest));
    }
  return out;
}

}  // namespace

FourierPicture::FourierPicture(std::int64_t height, std::int64_t width, DType dtype, Device device)
    : height_(height), width_(width), dtype_(dtype), device_(device) {
  require(height >= 1 && width >= 1, "a picture of ", height, " x ", width, " has no pixels");
  const Tensor basis = fourier_basis(width);
  rows_ = fourier_basis(height);
  columns_ = with_colours(basis, colours(), false);
  inverse_ = with_colours(basis, inverse_of(colours()), true);
  scale_ = falling_amplitudes(height, width);
  decode_rows_ = rows_.to(dtype).to(device);
  decode_columns_ = columns_.to(dtype).to(device);
  decode_scale_ = scale_.to(dtype).to(device);
}

Var FourierPicture::decode(const Var& z) const {
  const Var down = matmul(decode_rows_, true, multiply(z, decode_scale_), false);
  return sigmoid(reshape(matmul(down, false, decode_columns_, false), {1, height_, width_, 3}));
}

Tensor FourierPicture::encode(const Tensor& picture) const {
  require(picture.shape() == (Shape{1, height_, width_, 3}), "a picture of shape ", picture.shape(),
          " is not of ", height_, " x ", width_, " pixels");
  constexpr double kBlack = 1.0 / 512;
  Tensor logits({height_, 3 * width_}, DType::f64);
  const Tensor values = picture.to(Device::cpu);
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    const double value = std::clamp(values.at(i), kBlack, 1 - kBlack);
    logits.mutable_data<double>()[i] = std::log(value / (1 - value));
  }
  const Tensor waves =
      kernels::gemm(kernels::gemm(rows_, false, logits, false), false, inverse_, false);
  return kernels::binary(kernels::Binary::divide, waves, scale_).to(dtype_).to(device_);
}

Tensor FourierPicture::noise(std::uint64_t seed) const {
  const Tensor none = Tensor::zeros({1, height_, 3 * width_}, dtype_, device_);
  return kernels::add_noise(none, 0.01, seed, 0, 1).reshape({height_, 3 * width_});
}

}  // namespace backlight
