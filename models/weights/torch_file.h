// Files written by torch.save.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "models/weights/load.h"

namespace backlight {

// The zip format of PyTorch 1.6 and later: <folder>/data.pkl is the object, <folder>/data/<key>
// the storages. Only the storages of the state dict are unpacked.
WeightFile read_torch_zip(std::span<const std::byte> file, const std::string& name,
                          const LoadOptions& options);

// The format before it: five pickles (a magic number, the protocol, the system, the object, the
// keys of the storages), then for each key an int64 count and that many elements.
WeightFile read_torch_legacy(std::span<const std::byte> file, const std::string& name,
                             const LoadOptions& options);

// Whether a file begins with the pickled magic number of the legacy format.
bool is_torch_legacy(std::span<const std::byte> file);

}  // namespace backlight
