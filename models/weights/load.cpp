#include "models/weights/load.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "models/weights/elements.h"
#include "models/weights/safetensors.h"
#include "models/weights/torch_file.h"
#include "tensor/file.h"

namespace backlight {
namespace {

using namespace std::string_view_literals;

struct Lookalike {
  std::string_view magic;
  std::string_view what;
};

// What people hand over instead of weights, by the first bytes.
constexpr std::array kLookalikes = {
    Lookalike{"version https://git-lfs"sv,
              "is a Git LFS pointer, not the file itself; fetch it with git lfs pull"},
    Lookalike{"<"sv, "is a web page or XML, so the download went wrong; download it again"},
    Lookalike{"{"sv, "is JSON text, not weights"},
    Lookalike{"GGUF"sv, "is a GGUF file; use the PyTorch or safetensors version of the model"},
    Lookalike{"\x89HDF"sv, "is an HDF5 file (Keras); use the PyTorch version of the model"},
    Lookalike{"\x93NUMPY"sv, "is a single NumPy array, not a state dict"},
    Lookalike{"\x1f\x8b"sv, "is packed with gzip; unpack it first"},
    Lookalike{"\x80"sv,
              "is a plain Python pickle; load it in Python and save it with "
              "torch.save(state_dict, path)"},
};

// Safetensors has no magic bytes: it begins with the length of a header that begins with "{". The
// bound on the length keeps text from passing for it.
bool looks_like_safetensors(std::string_view file) {
  std::uint64_t length = 0;
  if (file.size() < sizeof(length) + 1 || file[sizeof(length)] != '{') return false;
  std::memcpy(&length, file.data(), sizeof(length));
  return length < std::uint64_t{1} << 32;
}

WeightFile read_any(std::span<const std::byte> bytes, const std::string& name,
                    const LoadOptions& options) {
  const std::string_view text = as_text(bytes);
  require(!text.empty(), name, " is empty");
  if (text.starts_with("PK\3\4"sv) || text.starts_with("PK\5\6"sv))
    return read_torch_zip(bytes, name, options);
  if (is_torch_legacy(bytes)) return read_torch_legacy(bytes, name, options);
  if (looks_like_safetensors(text)) return read_safetensors(bytes, name, options);
  for (const Lookalike& lookalike : kLookalikes)
    require(!text.starts_with(lookalike.magic), name, " ", lookalike.what);
  fail(name, " is neither a file of torch.save nor safetensors");
}

// Takes a prefix off every name, again and again, as long as every name has it.
StateDict without_wrappers(const StateDict& state) {
  std::size_t skip = 0;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view prefix : {"module."sv, "_orig_mod."sv}) {
      const auto has_prefix = [&](const StateDict::Entry& entry) {
        return std::string_view(entry.first).substr(skip).starts_with(prefix);
      };
      if (!std::ranges::all_of(state, has_prefix)) continue;
      skip += prefix.size();
      found = true;
    }
  }
  if (skip == 0) return state;
  StateDict out;
  for (const auto& [name, tensor] : state) out.add(name.substr(skip), tensor);
  return out;
}

}  // namespace

WeightFile read_weights(std::span<const std::byte> bytes, const std::string& name,
                        const LoadOptions& options) {
  WeightFile out = read_any(bytes, name, options);
  for (const auto& [entry, tensor] : out.state_dict)
    require(printable(entry) == entry, name,
            " has an entry whose name is not text: ", printable(entry));
  out.state_dict = without_wrappers(out.state_dict);
  return out;
}

WeightFile read_weights(const std::filesystem::path& path, const LoadOptions& options) {
  return read_weights(read_file(path), path.string(), options);
}

StateDict load_weights(const std::filesystem::path& path, const LoadOptions& options) {
  return read_weights(path, options).state_dict;
}

}  // namespace backlight
