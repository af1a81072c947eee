// Random numbers that depend only on (seed, stream, index): the same in any order, on any device.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace backlight {

// Philox4x32-10: ten rounds of multiply and exchange turn a 128-bit counter into 128 random bits.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t even = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t odd = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(odd >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(odd),
               static_cast<std::uint32_t>(even >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(even)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// A random function of (seed, stream, index). `stream` is a sample number, a layer, a scene;
// `index` an element.
class Philox {
 public:
  Philox(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  // 128 random bits for an index.
  std::array<std::uint32_t, 4> bits(std::uint64_t index) const {
    return philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                   static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                  {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
  }

  // Uniform in [0, 1), from 24 bits.
  float uniform(std::uint64_t index) const {
    return static_cast<float>(bits(index / 4)[index % 4] >> 8) * 0x1p-24f;
  }

  // Standard normal, by Box and Muller from two uniforms in (0, 1]; four indices share one call
  // of philox.
  float normal(std::uint64_t index) const {
    const auto random = bits(index / 4);
    return normal_of(random, static_cast<int>(index % 4));
  }

  // The normal of lane 0..3 of one philox output: lanes 0 and 1 are a Box-Muller pair, 2 and 3
  // another.
  static float normal_of(const std::array<std::uint32_t, 4>& random, int lane) {
    const float u = static_cast<float>((random[lane & 2] >> 8) + 1) * 0x1p-24f;
    const float v = static_cast<float>(random[(lane & 2) + 1] >> 8) * 0x1p-24f;
    const float radius = std::sqrt(-2.0f * std::log(u));
    const float angle = 2.0f * std::numbers::pi_v<float> * v;
    return radius * ((lane & 1) ? std::sin(angle) : std::cos(angle));
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

// A sequence of numbers from one Philox stream, for code that draws one after another.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : philox_(seed, stream) {}

  float uniform() { return philox_.uniform(next_++); }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  float normal() { return philox_.normal(next_++); }
  // A whole number in [0, count).
  int below(int count) {
    const auto bits = static_cast<std::uint64_t>(philox_.bits(next_ / 4)[next_ % 4]);
    ++next_;
    return static_cast<int>(bits * static_cast<std::uint64_t>(count) >> 32);
  }

 private:
  Philox philox_;
  std::uint64_t next_ = 0;
};

}  // namespace backlight
