// NumPy's .npy files: a short header and the elements.
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "tensor/file.h"
#include "tensor/tensor.h"

namespace backlight {

// Writes the elements in row-major order, whatever layout the tensor has, as little-endian
// float32, float64, int32, int64 or uint8: what numpy.load reads back. Errors: the file cannot be
// written.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

// Reads a .npy file (versions 1 to 3) of those dtypes; bool becomes uint8. Errors, each naming the
// file: not a .npy file, cut short, Fortran order, big-endian or another dtype.
Tensor read_npy(const std::filesystem::path& path);

// The same from and to memory; `name` stands for the file in errors.
Bytes encode_npy(const Tensor& tensor);
Tensor decode_npy(std::span<const std::byte> bytes, const std::string& name);

}  // namespace backlight
