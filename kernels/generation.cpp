#include "kernels/generation.h"

#include <atomic>

namespace backlight::kernels {
namespace {
std::atomic<Generation> chosen{Generation::automatic};
}

void set_generation(Generation generation) { chosen = generation; }

Generation generation() { return chosen; }

const std::vector<std::string>& generation_names() {
  static const std::vector<std::string> names{"automatic", "ampere", "hopper"};
  return names;
}

}  // namespace backlight::kernels
