#include "models/weights/torch_file.h"

#include <cstring>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/weights/checkpoint.h"
#include "models/weights/torch_tensor.h"
#include "models/weights/zip_archive.h"

namespace backlight {
namespace {

using namespace std::string_view_literals;

// torch.serialization's MAGIC_NUMBER, 0x1950a86a20f9469cfc6c, as LONG1 of ten bytes and STOP.
constexpr std::string_view kLegacyMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
constexpr std::int64_t kLegacyProtocol = 1001;

// The bytes of the storage with this key: a part of the file, or unpacked into the scratch buffer.
using ReadStorage =
    std::function<std::span<const std::byte>(const std::string& key, Bytes& scratch)>;

Tensor read_tensor(const TensorRecord& record, std::span<const std::byte> storage,
                   const LoadOptions& options, Budget& budget, const std::string& entry) {
  const StorageReference& reference = record.storage;
  const std::size_t unit = element_size(reference.type_name, entry);
  require(storage.size() / unit == static_cast<std::uint64_t>(reference.numel) &&
              storage.size() % unit == 0,
          entry, " needs a storage of ", reference.numel, " elements, but it has ", storage.size(),
          " bytes");
  const auto visible = storage.subspan(static_cast<std::size_t>(reference.view_offset) * unit,
                                       static_cast<std::size_t>(reference.view_numel) * unit);
  check_view(record.view, static_cast<std::int64_t>(visible.size() / size_of(record.type)), entry);
  budget.take(decoded_size(record.type, record.view, options.keep_f64));
  return decode(record.type, visible, record.view, options.keep_f64, entry);
}

// Reads the tensors of the state dict within a pickle, storage by storage, so that one shared by
// several tensors is unpacked once and none stays in memory.
WeightFile read_state_dict(const pickle::Pickle& object, const std::string& file,
                           const LoadOptions& options, Budget& budget, const ReadStorage& read) {
  const FoundStateDict found = find_state_dict(*object.root, file);
  std::vector<TensorRecord> records;
  std::map<std::string, std::vector<std::size_t>> users;  // of each storage
  for (const auto& [name, value] : found.tensors) {
    records.push_back(parse_tensor(*value, file + ": " + printable(name)));
    users[records.back().storage.key].push_back(records.size() - 1);
  }
  std::vector<Tensor> tensors(records.size());
  Bytes scratch;
  for (const auto& [key, indices] : users) {
    const std::span<const std::byte> storage = read(key, scratch);
    for (const std::size_t i : indices)
      tensors[i] = read_tensor(records[i], storage, options, budget,
                               file + ": " + printable(found.tensors[i].first));
  }
  WeightFile out{{}, "", printable(found.path)};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string& name = found.tensors[i].first;
    require(!out.state_dict.find(name), file, " has two entries named ", printable(name));
    out.state_dict.add(name, std::move(tensors[i]));
  }
  return out;
}

// The next of the pickles that a legacy file begins with.
pickle::Pickle next_pickle(std::span<const std::byte>& rest, const std::string& file) {
  pickle::Pickle out = pickle::unpickle(rest, file);
  rest = rest.subspan(out.size);
  return out;
}

// Refuses the other byte order and other versions of the legacy format.
void check_system(const pickle::Pickle& protocol, const pickle::Pickle& system,
                  const std::string& file) {
  const auto* const version = protocol.root->as<std::int64_t>();
  require(version && *version == kLegacyProtocol, file,
          " is of an unknown version of PyTorch's legacy format; save it again with torch.save");
  const auto* const facts = system.root->as<pickle::Dict>();
  if (!facts) return;
  for (const auto& [key, value] : facts->items) {
    const auto* const name = key->as<std::string>();
    const bool* const answer = value->as<bool>();
    require(!name || *name != "little_endian" || !answer || *answer, file,
            " was written on a big-endian machine; save it again on a little-endian one");
  }
}

// Where each storage of a legacy file lies. Their element types are known from the pickle only.
std::unordered_map<std::string, std::span<const std::byte>> locate_storages(
    const pickle::Pickle& object, const pickle::Pickle& keys, std::span<const std::byte> rest,
    const std::string& file) {
  std::unordered_map<std::string, std::size_t> units;
  for (const pickle::Value& value : object.values) {
    const auto* const persistent = value.as<pickle::Persistent>();
    if (!persistent) continue;
    const StorageReference reference = parse_storage(*persistent, file);
    units.emplace(reference.key, element_size(reference.type_name, file));
  }
  const auto* const list = keys.root->as<pickle::List>();
  require(list != nullptr, file, " has no list of its storages; it is damaged");
  std::unordered_map<std::string, std::span<const std::byte>> storages;
  for (const pickle::Value* const item : list->items) {
    const auto* const key = item->as<std::string>();
    require(key && units.contains(*key), file, " lists a storage that nothing refers to");
    std::uint64_t numel = 0;
    const bool has_count = rest.size() >= sizeof(numel);
    if (has_count) std::memcpy(&numel, rest.data(), sizeof(numel));
    require(has_count && numel <= (rest.size() - sizeof(numel)) / units[*key], file,
            " is cut short; copy or download it again");
    const std::size_t size = static_cast<std::size_t>(numel) * units[*key];
    storages.emplace(*key, rest.subspan(sizeof(numel), size));
    rest = rest.subspan(sizeof(numel) + size);
  }
  return storages;
}

}  // namespace

WeightFile read_torch_zip(std::span<const std::byte> file, const std::string& name,
                          const LoadOptions& options) {
  const ZipArchive archive(file, name);
  Budget budget(file.size(), name);
  const std::string pickle_entry = archive.find("data.pkl");
  const std::string folder = pickle_entry.substr(0, pickle_entry.size() - "data.pkl"sv.size());
  require(!archive.contains(folder + "constants.pkl"), name,
          " is a TorchScript program; save its weights with torch.save(model.state_dict(), path)");
  Bytes bytes;
  if (archive.contains(folder + "byteorder")) {
    archive.read(folder + "byteorder", bytes, budget);
    require(as_text(bytes) == "little", name,
            " was written on a big-endian machine; save it again on a little-endian one");
  }
  archive.read(pickle_entry, bytes, budget);
  const pickle::Pickle object = pickle::unpickle(bytes, name);
  const auto read = [&](const std::string& key, Bytes& scratch) {
    archive.read(folder + "data/" + key, scratch, budget);
    return std::span<const std::byte>(scratch);
  };
  WeightFile out = read_state_dict(object, name, options, budget, read);
  out.format = "PyTorch zip";
  return out;
}

WeightFile read_torch_legacy(std::span<const std::byte> file, const std::string& name,
                             const LoadOptions& options) {
  std::span<const std::byte> rest = file;
  next_pickle(rest, name);  // the magic number
  const pickle::Pickle protocol = next_pickle(rest, name);
  check_system(protocol, next_pickle(rest, name), name);
  const pickle::Pickle object = next_pickle(rest, name);
  const auto storages = locate_storages(object, next_pickle(rest, name), rest, name);
  const auto read = [&](const std::string& key, Bytes&) {
    const auto found = storages.find(key);
    require(found != storages.end(), name, " lacks storage ", printable(key));
    return found->second;
  };
  Budget budget(file.size(), name);
  WeightFile out = read_state_dict(object, name, options, budget, read);
  out.format = "PyTorch legacy";
  return out;
}

bool is_torch_legacy(std::span<const std::byte> file) {
  // Protocol 4 and later put a frame header before it.
  return as_text(file.first(std::min<std::size_t>(file.size(), 32))).find(kLegacyMagic) !=
         std::string_view::npos;
}

}  // namespace backlight
