// How much memory a weight file may ask for.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/error.h"

namespace backlight {

// Counts the bytes that are unpacked and decoded from a file. Honest weights take a few times
// their file's size; a compressed bomb, or one small storage repeated under a huge shape, far more.
class Budget {
 public:
  Budget(std::uint64_t file_size, const std::string& file)
      : left_(file_size * kTimes + kAtLeast), file_(file) {}

  // Errors: the file has now asked for more than 32 times its size.
  void take(std::uint64_t bytes) {
    require(bytes <= left_, file_, " would unpack to more than ", kTimes,
            " times its size, as no weights do; it is damaged or made to exhaust memory");
    left_ -= bytes;
  }

 private:
  static constexpr std::uint64_t kTimes = 32;
  static constexpr std::uint64_t kAtLeast = 16 << 20;  // small files may be mostly zeros

  std::uint64_t left_;
  std::string file_;
};

}  // namespace backlight
