// What stands for the libraries where they were not built in. BACKLIGHT_VENDOR_MISSING says why.
#include "kernels/vendor/vendor.h"

namespace backlight::kernels {

std::string why_vendor_unavailable() { return "were not built in: " BACKLIGHT_VENDOR_MISSING; }

const Backend& vendor_backend() { fail("NVIDIA's libraries ", why_vendor_unavailable()); }

void use_vendor_kernels(bool on) {
  if (on) (void)vendor_backend();
}

std::string vendor_description() { fail("NVIDIA's libraries ", why_vendor_unavailable()); }

}  // namespace backlight::kernels
