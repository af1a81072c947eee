// What a run of `explain` will take, told before it begins.
#pragma once

#include <string>
#include <vector>

#include "tools/methods.h"
#include "tools/session.h"

namespace backlight::tools {

struct Plan {
  std::size_t photos = 0, methods = 0;
  double passes = 0;  // forward passes in all, a gradient being two
  std::int64_t batch = 0, bytes = 0;
  double seconds = 0;  // an estimate; 0 where there is none
};

// About how many forward passes a map takes with its checks.
double passes_of(const Method& method, const ExplainOptions& options, std::int64_t side);

// Times one forward pass of a batch for the estimate; not in the simulator, where a pass takes
// long.
Plan plan_for(Session& session, std::size_t photos, const std::vector<const Method*>& methods,
              const ExplainOptions& options);

// "2 photos, 4 methods: about 410 passes, 8 inputs at a time in about 460 MB; about 15 s"
std::string to_text(const Plan& plan);

}  // namespace backlight::tools
