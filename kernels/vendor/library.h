// NVIDIA's libraries, opened when something of them is first used: opening them takes a third of a
// second and 220 MB, which a program that computes with its own kernels need not pay.
#pragma once

#include <string>

namespace backlight::kernels::vendor {

// A shared library. Searched for where the build found it, then where the system looks.
class Library {
 public:
  // `name` for people, `file` as it was built against, `soname` as the system knows it.
  Library(const char* name, const char* file, const char* soname)
      : name_(name), file_(file), soname_(soname) {}

  // Why it cannot be opened; empty if it can.
  const std::string& problem();
  // A function by its name in the library. Errors: `problem`, or the library lacks it.
  void* find(const char* function);

 private:
  void open();

  const char *name_, *file_, *soname_;
  void* handle_ = nullptr;
  std::string problem_;
};

Library& cublas();
Library& cudnn();

}  // namespace backlight::kernels::vendor

// CUDNN_FUNCTION(cudnnCreate)(&handle) calls the library's function as if it were linked. Two
// steps, since headers rename functions by macros (cublasCreate is cublasCreate_v2).
#define BACKLIGHT_TEXT_OF(name) #name
#define BACKLIGHT_FUNCTION_OF(library, name)                                   \
  ([] {                                                                        \
    static void* const found =                                                 \
        ::backlight::kernels::vendor::library().find(BACKLIGHT_TEXT_OF(name)); \
    return reinterpret_cast<decltype(&name)>(found);                           \
  }())
#define CUBLAS_FUNCTION(name) BACKLIGHT_FUNCTION_OF(cublas, name)
#define CUDNN_FUNCTION(name) BACKLIGHT_FUNCTION_OF(cudnn, name)
