#include "kernels/vendor/library.h"

#include <dlfcn.h>

#include <mutex>

#include "tensor/error.h"

namespace backlight::kernels::vendor {
namespace {
std::mutex opening;
}

void Library::open() {
  const std::lock_guard lock(opening);
  if (handle_ || !problem_.empty()) return;
  for (const char* const file : {file_, soname_})
    if (!handle_) handle_ = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!handle_) problem_ = str("need ", name_, ", which cannot be opened: ", dlerror());
}

const std::string& Library::problem() {
  open();
  return problem_;
}

void* Library::find(const char* function) {
  open();
  require(handle_, "NVIDIA's libraries ", problem_);
  void* const found = dlsym(handle_, function);
  require(found, name_, " (", file_, ") has no ", function,
          "; install the version that was built with");
  return found;
}

Library& cublas() {
  static Library library("cuBLAS", BACKLIGHT_CUBLAS, BACKLIGHT_CUBLAS_SONAME);
  return library;
}

#ifdef BACKLIGHT_HAS_CUDNN
Library& cudnn() {
  static Library library("cuDNN", BACKLIGHT_CUDNN, BACKLIGHT_CUDNN_SONAME);
  return library;
}
#endif

}  // namespace backlight::kernels::vendor
