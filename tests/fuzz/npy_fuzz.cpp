// Reads hostile bytes as a .npy file. Whatever they are, they give a tensor or an Error; a tensor
// comes back the same.

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "tensor/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace backlight;
  Tensor tensor;
  try {
    tensor = decode_npy(std::as_bytes(std::span(data, size)), "fuzz");
  } catch (const Error&) {
    return 0;
  }
  const Tensor again = decode_npy(encode_npy(tensor), "written");
  if (!(again.shape() == tensor.shape()) || again.dtype() != tensor.dtype() ||
      std::memcmp(again.bytes(), tensor.bytes(), tensor.nbytes()) != 0)
    std::abort();
  return 0;
}
