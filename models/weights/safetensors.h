// The safetensors format: a JSON header of names, dtypes, shapes and offsets, then the bytes.
// Source: https://huggingface.co/docs/safetensors
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "models/weights/load.h"
#include "models/weights/state_dict.h"
#include "tensor/file.h"

namespace backlight {

// Reads a safetensors file; see read_weights for what becomes of the dtypes.
WeightFile read_safetensors(std::span<const std::byte> file, const std::string& name,
                            const LoadOptions& options);

// The same bytes for the same entries, always. The elements lie in order of falling dtype size, so
// that each is aligned, and beneath that in the order of `state`; the header keeps the order of
// `state`. `metadata` is the map of strings that the format allows; Hugging Face's libraries ask
// for {"format": "pt"} of weights with PyTorch's names.
Bytes encode_safetensors(const StateDict& state,
                         const std::map<std::string, std::string>& metadata);

// Writes encode_safetensors(state, metadata) to a file, whole or not at all.
void write_safetensors(const std::filesystem::path& path, const StateDict& state,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace backlight
