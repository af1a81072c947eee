#include <algorithm>
#include <array>
#include <string_view>

#include "models/weights/pickle.h"

namespace backlight::pickle {
namespace {

struct Module {
  std::string_view name;
  std::string_view members;  // separated by spaces; "*" for all, also those of modules within
};

// What torch.save names for tensors, and what people keep beside the weights: numbers of NumPy,
// options, dates and paths, optimisers and their schedules.
constexpr std::array kAllowed = {
    Module{"torch",
           "Size Tensor Generator device bfloat16 bool complex128 complex64 float16 float32 "
           "float64 int16 int32 int64 int8 uint8 contiguous_format channels_last strided "
           "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage "
           "ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage "
           "QInt32Storage QInt8Storage QUInt8Storage ShortStorage"},
    Module{"torch.cuda",
           "BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage "
           "HalfStorage IntStorage LongStorage ShortStorage"},
    Module{"torch._tensor", "_rebuild_from_type_v2"},
    Module{"torch._utils",
           "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter "
           "_rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor "
           "_rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy"},
    Module{"torch.nn.modules", "*"},
    Module{"torch.nn.parameter", "Parameter Buffer"},
    Module{"torch.optim", "*"},
    Module{"torch.serialization", "_get_layout"},
    Module{"torch.storage", "TypedStorage UntypedStorage _load_from_bytes"},
    Module{"_codecs", "encode"},
    Module{"argparse", "Namespace"},
    Module{"builtins",
           "bool bytearray bytes complex dict float frozenset int list long object range set slice "
           "str tuple unicode xrange"},
    Module{"collections", "Counter OrderedDict defaultdict deque"},
    Module{"copyreg", "_reconstructor"},
    Module{"datetime", "date datetime time timedelta timezone"},
    Module{"numpy", "dtype ndarray"},
    Module{"numpy._core.multiarray", "_reconstruct scalar"},
    Module{"numpy.core.multiarray", "_reconstruct scalar"},
    Module{"pathlib", "Path PosixPath PurePosixPath PureWindowsPath WindowsPath"},
    Module{"types", "SimpleNamespace"},
    Module{"easydict", "*"},
    Module{"lightning", "*"},
    Module{"omegaconf", "*"},
    Module{"pytorch_lightning", "*"},
    Module{"yacs", "*"},
};

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool allows(const Module& module, std::string_view name) {
  if (!name.starts_with(module.name) || name.substr(module.name.size(), 1) != ".") return false;
  return module.members == "*" ||
         contains_word(module.members, name.substr(module.name.size() + 1));
}

}  // namespace

bool allowed_global(std::string_view name) {
  return std::ranges::any_of(kAllowed, [&](const Module& module) { return allows(module, name); });
}

}  // namespace backlight::pickle
