// Weight files of any kind the program reads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "models/weights/state_dict.h"

namespace backlight {

struct LoadOptions {
  // Keeps float64 entries as they are; otherwise all floating-point entries become float32.
  bool keep_f64 = false;
};

// What was read, and where in the file it was.
struct WeightFile {
  StateDict state_dict;
  std::string format;  // "PyTorch zip", "PyTorch legacy" or "safetensors"
  std::string found;   // the path of keys to the state dict, such as "model_state_dict"; "" for top
};

// Reads a PyTorch checkpoint (.pth, .pt, .bin; the zip format of PyTorch 1.6 and the one before
// it) or a safetensors file; its contents decide, not its name. In a checkpoint of several things
// the state dict is looked for: under a usual key (model_state_dict, state_dict, model, ...), or
// else the only dict that holds tensors; optimizer states are not read. The prefixes that
// DataParallel ("module.") and torch.compile ("_orig_mod.") put on every name are taken off.
// float16, bfloat16 and float64 become float32; integers and booleans int64.
// Errors, each one sentence that names the file: none of these formats, damaged or cut short,
// asking to run code (nothing is ever executed), several state dicts and no usual key, an entry
// that is not a plain tensor or holds a NaN or an infinity, contents far larger than the file.
WeightFile read_weights(const std::filesystem::path& path, const LoadOptions& options = {});

// The same from memory; `name` stands for the file in errors.
WeightFile read_weights(std::span<const std::byte> bytes, const std::string& name,
                        const LoadOptions& options = {});

// Only the weights of read_weights(path, options).
StateDict load_weights(const std::filesystem::path& path, const LoadOptions& options = {});

}  // namespace backlight
