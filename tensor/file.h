// Files, whole: read in one go, written all or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace backlight {

using Bytes = std::vector<std::byte>;

// The contents of a file (or of a pipe, to its end). An empty file gives no bytes. Errors: the
// file is missing, a folder, a device, not readable, or too large for memory; each names the path.
Bytes read_file(const std::filesystem::path& path);

// Writes `contents` to a temporary file beside `path`, syncs it to disk and renames it to `path`,
// so that whoever looks sees the old file or the new one, never a half. A link is followed.
// Errors: the folder is missing or read-only, the disk is full, `path` is a folder or a device;
// each names the path, and the temporary file is removed.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> contents);
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);

// The same bytes seen as characters.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace backlight
