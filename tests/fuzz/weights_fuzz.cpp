// Reads hostile bytes as a weight file. Whatever they are, they give weights or an Error; weights
// come back the same through safetensors.

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "models/weights/load.h"
#include "models/weights/safetensors.h"

namespace {

using namespace backlight;

bool same(const StateDict& a, const StateDict& b) {
  if (a.size() != b.size()) return false;
  auto other = b.begin();
  for (const auto& [name, tensor] : a) {
    const auto& [other_name, other_tensor] = *other++;
    if (name != other_name || !(tensor.shape() == other_tensor.shape()) ||
        std::memcmp(tensor.bytes(), other_tensor.bytes(), tensor.nbytes()) != 0)
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  StateDict state;
  Bytes written;
  try {
    state = read_weights(std::as_bytes(std::span(data, size)), "fuzz").state_dict;
    written = encode_safetensors(state, {{"format", "pt"}});
  } catch (const Error&) {
    return 0;
  }
  if (!same(state, read_safetensors(written, "written", {}).state_dict)) std::abort();
  return 0;
}
