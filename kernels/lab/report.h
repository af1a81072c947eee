// What a climb prints: a line a rung, timed or counted; and the same as JSON.
#pragma once

#include <string>
#include <vector>

#include "kernels/lab/climb.h"
#include "kernels/lab/measure.h"

namespace backlight::kernels::lab {

// One rung as it was found.
struct Finding {
  std::string family, shapes, rung, idea;
  double flop = 0, bytes = 0;
  std::string problem;   // why there is no result, or that it is wrong; else empty
  bool skipped = false;  // this GPU lacks what the rung needs
  double deviation = 0, tolerance = 0;
  double seconds = 0, roof_share = 0;  // on cuda
  Counts counts;                       // on sim
};

class Report {
 public:
  // Prints what the columns mean; on cuda, measures the ceilings first.
  explicit Report(Device device);

  // Checks, then times or counts every step, and prints its line.
  void climb(const Climb& climb);

  // Whether every rung that could run gave a right result.
  bool all_right() const;

  // Writes all findings. Errors: the file cannot be written.
  void write_json(const std::string& path) const;

 private:
  Finding find(const Climb& climb, const Step& step) const;
  void print(const Finding& finding, const Finding* before) const;

  Device device_;
  Ceilings ceilings_;
  std::vector<Finding> findings_;
};

}  // namespace backlight::kernels::lab
