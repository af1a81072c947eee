// load_weights() of models/weights/load.h for tests of a build without the program's packages:
// reads the fixtures that are .safetensors files, which are trusted, and nothing else. Source:
// https://huggingface.co/docs/safetensors, "Format".
#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>

#include "models/weights/load.h"
#include "tensor/error.h"

namespace backlight {
namespace {

std::vector<std::int64_t> integers(const std::string& list) {
  static const std::regex number("[0-9]+");
  std::vector<std::int64_t> found;
  for (auto at = std::sregex_iterator(list.begin(), list.end(), number);
       at != std::sregex_iterator(); ++at)
    found.push_back(std::stoll(at->str()));
  return found;
}

DType dtype_of(const std::string& name, const std::string& entry) {
  if (name == "F64") return DType::f64;
  if (name == "F32") return DType::f32;
  if (name == "I64") return DType::i64;
  fail(entry, " is of type ", name, ", which this reader of fixtures does not know");
}

}  // namespace

StateDict load_weights(const std::filesystem::path& path, const LoadOptions& options) {
  require(options.keep_f64, "this reader of fixtures keeps float64 entries as they are");
  std::ifstream in(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  std::uint64_t header_size = 0;
  require(file.size() > sizeof(header_size), path.string(), " cannot be read");
  std::memcpy(&header_size, file.data(), sizeof(header_size));
  const std::string header = file.substr(sizeof(header_size), header_size);
  const char* const data = file.data() + sizeof(header_size) + header_size;

  static const std::regex entry(R"re("([^"]+)":\{"dtype":"(\w+)","shape":\[([0-9,]*)\],)re"
                                R"re("data_offsets":\[([0-9,]+)\]\})re");
  StateDict state;
  for (auto at = std::sregex_iterator(header.begin(), header.end(), entry);
       at != std::sregex_iterator(); ++at) {
    const std::string name = (*at)[1];
    Tensor tensor(Shape(integers((*at)[3])), dtype_of((*at)[2], name));
    const std::vector<std::int64_t> offsets = integers((*at)[4]);
    require(offsets.at(1) - offsets[0] == static_cast<std::int64_t>(tensor.nbytes()), name,
            " has the wrong size");
    std::memcpy(tensor.mutable_bytes(), data + offsets[0], tensor.nbytes());
    state.add(name, tensor);
  }
  require(!state.empty(), path.string(), " holds no tensors");
  return state;
}

}  // namespace backlight
