#include "models/weights/zip_archive.h"

#include <zip.h>

#include "models/weights/elements.h"
#include "tensor/error.h"

namespace backlight {
namespace {

std::unique_ptr<zip, void (*)(zip*)> open_archive(std::span<const std::byte> file,
                                                  const std::string& file_name) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
  zip_t* const archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive) {
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    zip_source_free(source);
    fail(file_name, " begins as a zip archive but is damaged or cut short (", why,
         "); copy or download it again");
  }
  return {archive, &zip_discard};
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> file, const std::string& file_name)
    : file_name_(file_name), archive_(open_archive(file, file_name)) {
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t status;
    zip_stat_init(&status);
    require(zip_stat_index(archive_.get(), index, ZIP_FL_ENC_RAW, &status) == 0, file_name_,
            " has a damaged table of contents; copy or download it again");
    require(entries_.emplace(status.name, Entry{index, status.size}).second, file_name_,
            " has two entries named ", printable(status.name));
    require(status.encryption_method == ZIP_EM_NONE, file_name_,
            " is encrypted; unpack it and pack it again without a password");
    require(status.comp_method == ZIP_CM_STORE || status.comp_method == ZIP_CM_DEFLATE, file_name_,
            " is packed by zip method ", status.comp_method, "; only stored and deflated are read");
  }
}

std::string ZipArchive::find(const std::string& name) const {
  std::string found;
  for (const auto& [entry, place] : entries_) {
    if (entry != name && !entry.ends_with("/" + name)) continue;
    require(found.empty(), file_name_, " holds more than one ", name);
    found = entry;
  }
  require(!found.empty(), file_name_, " is a zip archive without ", name,
          ", so torch.save did not write it");
  return found;
}

void ZipArchive::read(const std::string& entry, Bytes& out, Budget& budget) const {
  const auto found = entries_.find(entry);
  require(found != entries_.end(), file_name_, " has no entry ", printable(entry));
  const auto [index, size] = found->second;
  budget.take(size);
  out.resize(size);
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> opened(
      zip_fopen_index(archive_.get(), index, 0), &zip_fclose);
  std::uint64_t filled = 0;
  while (opened && filled < size) {
    const zip_int64_t count = zip_fread(opened.get(), out.data() + filled, size - filled);
    if (count <= 0) break;
    filled += static_cast<std::uint64_t>(count);
  }
  // The checksum is compared when the end is seen, which is a read that gives no more.
  std::byte beyond;
  const bool intact = opened && filled == size && zip_fread(opened.get(), &beyond, 1) == 0;
  require(intact, file_name_, " is damaged in its entry ", printable(entry),
          "; copy or download it again");
}

}  // namespace backlight
