#include "kernels/vendor/vendor.h"

#include <cublas_v2.h>

#include "kernels/device.h"
#include "kernels/vendor/backend.h"
#include "kernels/vendor/library.h"

namespace backlight::kernels {
namespace cuda {
const GpuDevice& device();
}

std::string why_vendor_unavailable() {
  const std::string problem = why_unavailable(Device::cuda);
  if (!problem.empty()) return "need the device cuda, which " + problem;
  if (!vendor::cublas().problem().empty()) return vendor::cublas().problem();
  return vendor::cudnn_problem();
}

const Backend& vendor_backend() {
  const std::string problem = why_vendor_unavailable();
  require(problem.empty(), "NVIDIA's libraries ", problem);
  static const vendor::VendorBackend backend;
  return backend;
}

void use_vendor_kernels(bool on) {
  open_device(Device::cuda);
  register_backend(Device::cuda, on ? vendor_backend() : cuda::device().backend());
}

std::string vendor_description() {
  (void)vendor_backend();
  int major = 0, minor = 0, patch = 0;
  (void)CUBLAS_FUNCTION(cublasGetProperty)(MAJOR_VERSION, &major);
  (void)CUBLAS_FUNCTION(cublasGetProperty)(MINOR_VERSION, &minor);
  (void)CUBLAS_FUNCTION(cublasGetProperty)(PATCH_LEVEL, &patch);
  return str("cuBLAS ", major, ".", minor, ".", patch, ", ", vendor::cudnn_description());
}

}  // namespace backlight::kernels
