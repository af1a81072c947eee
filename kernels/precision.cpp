#include "kernels/precision.h"

#include <atomic>

namespace backlight::kernels {
namespace {
std::atomic<Precision> chosen{Precision::fp32};
}

void set_precision(Precision precision) { chosen = precision; }

Precision precision() { return chosen; }

const std::vector<std::string>& precision_names() {
  static const std::vector<std::string> names{"fp32", "tf32", "bf16"};
  return names;
}

}  // namespace backlight::kernels
