// Reading zip archives, which is what torch.save has written since PyTorch 1.6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "models/weights/budget.h"
#include "tensor/file.h"

struct zip;

namespace backlight {

// An open archive in memory, which must outlive it. Errors, here and below, name the file: no zip
// archive or cut short, two entries of one name, an encrypted entry or an unknown compression.
class ZipArchive {
 public:
  ZipArchive(std::span<const std::byte> file, const std::string& file_name);

  // The one entry that has this name or ends in "/" and this name. Errors: none, or several.
  std::string find(const std::string& name) const;
  bool contains(const std::string& entry) const { return entries_.contains(entry); }

  // Unpacks an entry, stored or deflated, into `out`. Errors: no such entry, its checksum is
  // wrong, its size is not the declared one, or the budget is spent.
  void read(const std::string& entry, Bytes& out, Budget& budget) const;

 private:
  struct Entry {
    std::uint64_t index;
    std::uint64_t size;
  };

  std::string file_name_;
  std::unique_ptr<zip, void (*)(zip*)> archive_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace backlight
