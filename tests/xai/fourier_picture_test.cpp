#include "xai/fourier_picture.h"

#include <complex>
#include <numbers>

#include "autograd/grad.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

// The power of channel c of logits [H,3W] at a frequency down and one across and at their mirror
// images, by the sum that defines the discrete Fourier transform.
double power(const Tensor& logits, int c, std::int64_t down, std::int64_t across) {
  const std::int64_t height = logits.dim(0), width = logits.dim(1) / 3;
  double total = 0;
  for (const std::int64_t a : {down, (height - down) % height})
    for (const std::int64_t b : {across, (width - across) % width}) {
      std::complex<double> wave = 0;
      for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j) {
          const double turns = static_cast<double>(a * i) / static_cast<double>(height) +
                               static_cast<double>(b * j) / static_cast<double>(width);
          wave +=
              logits.at((i * width + j) * 3 + c) * std::polar(1.0, -2 * std::numbers::pi * turns);
        }
      total += std::norm(wave) / static_cast<double>(height * width);
    }
  // What is its own mirror image was counted twice.
  if (2 * down % height == 0) total /= 2;
  if (2 * across % width == 0) total /= 2;
  return total;
}

Tensor logits_of(const Tensor& picture) {
  Tensor out({picture.dim(1), 3 * picture.dim(2)}, DType::f64);
  for (std::int64_t i = 0; i < out.numel(); ++i)
    out.mutable_data<double>()[i] = std::log(picture.at(i) / (1 - picture.at(i)));
  return out;
}

// z[a, 3b + k] of all cosines and sines of a frequency.
double power_of_numbers(const Tensor& z, int k, std::int64_t down, std::int64_t across) {
  const std::int64_t height = z.dim(0), width = z.dim(1) / 3;
  double total = 0;
  for (std::int64_t a = 0; a < height; ++a)
    for (std::int64_t b = 0; b < width; ++b)
      if ((a + 1) / 2 == down && (b + 1) / 2 == across)
        total += z.at(a * 3 * width + 3 * b + k) * z.at(a * 3 * width + 3 * b + k);
  return total;
}

// In the principal colour of light and dark, whose red, green and blue are .26, .27 and .27.
TEST(FourierPicture, NumbersAreAmplitudesThatFallWithTheFrequency) {
  for (const auto& [height, width] : {std::pair{6, 5}, {5, 8}, {1, 4}}) {
    const FourierPicture waves(height, width, DType::f64, Device::cpu);
    Tensor z = uniform({height, 3 * width}, DType::f64, 3);
    for (std::int64_t i = 0; i < z.numel(); ++i)
      if (i % 3) z.mutable_data<double>()[i] = 0;
    const Tensor logits = logits_of(waves.decode(z).value());
    const double red = 0.26 / std::hypot(0.26, 0.27, 0.27);
    for (std::int64_t a = 0; a <= height / 2; ++a)
      for (std::int64_t b = 0; b <= width / 2; ++b) {
        const double f =
            std::max(std::hypot(static_cast<double>(a) / height, static_cast<double>(b) / width),
                     1.0 / std::max(height, width));
        const double expected = power_of_numbers(z, 0, a, b) * std::pow(red / (4 * f), 2);
        EXPECT_NEAR(power(logits, 0, a, b), expected, 1e-12 * norm(logits)) << a << ", " << b;
      }
  }
}

// Each of the three colours alone: the logits are multiples of its red, green and blue.
TEST(FourierPicture, ColoursAreThePublishedOnes) {
  const double colours[3][3] = {{0.26, 0.27, 0.27}, {0.09, 0.00, -0.09}, {0.02, -0.05, 0.03}};
  const FourierPicture waves(3, 4, DType::f64, Device::cpu);
  for (int k = 0; k < 3; ++k) {
    Tensor z = Tensor::zeros({3, 12}, DType::f64);
    z.mutable_data<double>()[k] = 1;  // the mean colour
    const Tensor logits = logits_of(waves.decode(z).value());
    const double level = 1 / std::sqrt(12.0);  // of the constant wave, and 1/(4 |f|) = 1
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(logits.at(c), level * colours[k][c] / std::hypot(0.26, 0.27, 0.27), 1e-14);
  }
}

TEST(FourierPicture, EncodingIsTheInverse) {
  for (const auto& [height, width] : {std::pair{7, 10}, {8, 3}}) {
    const FourierPicture waves(height, width, DType::f64, Device::cpu);
    const Tensor picture = uniform({1, height, width, 3}, DType::f64, 4, 0.01f, 0.99f);
    EXPECT_TRUE(is_close(waves.decode(waves.encode(picture)).value(), picture, 1e-12));
    const Tensor z = uniform({height, 3 * width}, DType::f64, 5);
    EXPECT_TRUE(is_close(waves.encode(waves.decode(z).value()), z, 1e-11));
  }
  // Black and white come back as near as they may.
  const FourierPicture waves(2, 2, DType::f32, Device::cpu);
  const Tensor picture =
      Tensor::from<float>({0, 1, 0.5, 1, 0, 0.25, 0, 0, 0, 1, 1, 1}, {1, 2, 2, 3});
  const Tensor again = waves.decode(waves.encode(picture)).value();
  EXPECT_EQ(again.dtype(), DType::f32);
  for (std::int64_t i = 0; i < picture.numel(); ++i)
    EXPECT_NEAR(again.at(i), picture.at(i), 1.0 / 512 + 1e-6);
}

TEST(FourierPicture, GradientIsThatOfFiniteDifferences) {
  const FourierPicture waves(4, 5, DType::f64, Device::cpu);
  Tensor z = uniform({4, 15}, DType::f64, 6);
  const Tensor weights = uniform({1, 4, 5, 3}, DType::f64, 7);
  Recording recording;
  const Var input = recording.input(z);
  const Tensor slope = grad(waves.decode(input), input, {.cotangents = {weights}});
  constexpr double kStep = 1e-5;
  Tensor expected(z.shape(), DType::f64);
  for (std::int64_t i = 0; i < z.numel(); ++i) {
    const auto moved = [&](double step) {
      Tensor there = z.clone();
      there.mutable_data<double>()[i] += step;
      return dot(waves.decode(there).value(), weights);
    };
    expected.mutable_data<double>()[i] = (moved(kStep) - moved(-kStep)) / (2 * kStep);
  }
  EXPECT_TRUE(is_close(slope, expected, 1e-8));
}

TEST(FourierPicture, NoiseIsNearlyGreyAndOfItsSeed) {
  const FourierPicture waves(32, 32, DType::f32, Device::cpu);
  const Tensor z = waves.noise(5);
  EXPECT_NEAR(norm(z) / std::sqrt(static_cast<double>(z.numel())), 0.01, 0.001);
  const Tensor picture = waves.decode(z).value();
  for (std::int64_t i = 0; i < picture.numel(); ++i) EXPECT_NEAR(picture.at(i), 0.5, 0.05);
  EXPECT_TRUE(has_same_bytes(waves.noise(5), z));
  EXPECT_FALSE(has_same_bytes(waves.noise(6), z));
  EXPECT_NE(message_of([] { FourierPicture(0, 4, DType::f32, Device::cpu); }), "");
  EXPECT_NE(message_of([&] { waves.encode(Tensor::zeros({1, 32, 31, 3})); }), "");
}

}  // namespace
}  // namespace backlight::testing
