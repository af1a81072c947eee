// What the simulator's tests share: arrays in its global memory, reports, and the lines they name.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "kernels/sim/global_memory.h"
#include "kernels/sim/launch.h"

namespace backlight::kernels::sim {

// An array in the simulator's global memory, unwritten or a copy of `values`.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : size_(size) {
    bytes_ = backlight::sim::allocate(size * sizeof(T));
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    std::memcpy(bytes_, values.data(), size_ * sizeof(T));
    backlight::sim::mark_written(bytes_, size_ * sizeof(T));
  }
  ~DeviceArray() { backlight::sim::deallocate(bytes_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return reinterpret_cast<T*>(bytes_); }
  std::vector<T> read() const {
    backlight::sim::check_host_read(bytes_, size_ * sizeof(T));
    return std::vector<T>(data(), data() + size_);
  }

 private:
  std::size_t size_;
  std::byte* bytes_ = nullptr;
};

// "tests/sim/races.cu:42": where the comment "// here: MARK" stands in a file of these tests.
inline std::string place(const std::string& file, const std::string& mark) {
  const std::string name = "tests/sim/" + file;
  std::ifstream in(std::string(BACKLIGHT_SOURCE_DIR) + "/" + name);
  int number = 1;
  for (std::string line; std::getline(in, line); ++number)
    if (line.ends_with("// here: " + mark)) return name + ":" + std::to_string(number);
  ADD_FAILURE() << name << " has no line marked " << mark;
  return "nowhere";
}

// The report that the simulator makes of `run`; empty if it has nothing to say.
template <typename F>
std::string report_of(F&& run) {
  try {
    run();
  } catch (const backlight::sim::Fault& fault) {
    return fault.what();
  }
  return "";
}

// Whether a text holds all of these parts; which are missing, if not.
inline ::testing::AssertionResult holds(const std::string& text,
                                        const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (text.find(part) == std::string::npos)
      return ::testing::AssertionFailure() << "no \"" << part << "\" in:\n" << text;
  return ::testing::AssertionSuccess();
}

// Expects a report with all these parts, whatever the order of the threads.
template <typename F>
void expect_report(F&& run, const std::vector<std::string>& parts) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    backlight::sim::set_seed(seed);
    const std::string report = report_of(run);
    ASSERT_TRUE(holds(report, parts));
    ASSERT_TRUE(holds(report, {"BACKLIGHT_SIM_SEED=" + std::to_string(seed)}));
  }
}

// Expects no report, whatever the order of the threads.
template <typename F>
void expect_clean(F&& run) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    backlight::sim::set_seed(seed);
    ASSERT_EQ(report_of(run), "") << "seed " << seed;
  }
}

}  // namespace backlight::kernels::sim
