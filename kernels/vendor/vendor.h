// NVIDIA's libraries in the place of our kernels: cuBLAS for matrix products and, where it is
// there, cuDNN for convolutions; everything else stays ours. The yardstick of the benchmarks, and
// a choice of the user.
#pragma once

#include <string>

#include "kernels/backend.h"

namespace backlight::kernels {

// Why the libraries cannot be used here, as the rest of a sentence that begins with "NVIDIA's
// libraries". Empty if they can.
std::string why_vendor_unavailable();

// Device::cuda computed by the libraries. As in our kernels, an image's or a row's bytes do not
// depend on the batch around it: work goes to the libraries in groups of a fixed size. But which
// of cuDNN's engines runs is decided by timing them at a convolution's first call, so that the
// last bits may differ from one run of the program to the next; and that first call cannot be
// captured in a CUDA graph.
// Errors: why_vendor_unavailable.
const Backend& vendor_backend();

// Opens the device cuda and has the libraries compute its tensors from now on, or our kernels
// again. Errors: the device cannot be opened, why_vendor_unavailable.
void use_vendor_kernels(bool on);

// "cuBLAS 13.1.0, cuDNN 9.19.0", for reports. Errors: why_vendor_unavailable.
std::string vendor_description();

}  // namespace backlight::kernels
