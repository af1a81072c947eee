// What one call of `profile` found: everything its table, its JSON and its page show.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kernels/profile.h"

namespace backlight::tools {

struct ProfileRun {
  std::vector<std::string> command;  // the words to type to do it again
  std::string version, weights, model, precision, method;
  Device device = Device::cpu;
  std::string device_name;
  std::int64_t batch = 0;
  int repeats = 1;  // each time is the median of as many runs
  std::optional<kernels::Ceilings> ceilings;
  std::vector<kernels::LaunchRecord> records;

  bool is_counted() const { return device == Device::sim; }
};

// The schema is in json.cpp.
nlohmann::json to_json(const ProfileRun& run);

// For people at a terminal: a table of the layers, one of the kernels, and what stands out.
std::string to_table(const ProfileRun& run);

// A page that needs nothing but itself.
std::string to_page(const ProfileRun& run);

}  // namespace backlight::tools
