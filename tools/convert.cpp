// backlight convert: weight files of PyTorch into safetensors.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "models/weights/load.h"
#include "models/weights/safetensors.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

struct Options {
  std::filesystem::path input;
  std::filesystem::path output;
  bool keep_f64 = false;
};

// 14162827 as 14,162,827.
std::string with_commas(std::int64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t i = out.size(); i > 3;) out.insert(i -= 3, ",");
  return out;
}

// Floating-point numbers, without the running statistics of batch norm, which are not trained.
std::int64_t parameters_of(const StateDict& state) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : state) {
    const bool trained = tensor.dtype() == DType::f32 || tensor.dtype() == DType::f64;
    if (trained && !name.ends_with("running_mean") && !name.ends_with("running_var"))
      count += tensor.numel();
  }
  return count;
}

void convert(const Options& options) {
  require(options.output.extension() == ".safetensors", "the output ", options.output.string(),
          " must end in .safetensors, the format it is written in");
  const WeightFile file = read_weights(options.input, {.keep_f64 = options.keep_f64});
  write_safetensors(options.output, file.state_dict);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(options.output));
  const std::string where = file.found.empty() ? "" : ", " + file.found;
  std::printf("%s: %zu entries, %s parameters, %s bytes, from %s (%s%s)\n",
              options.output.string().c_str(), file.state_dict.size(),
              with_commas(parameters_of(file.state_dict)).c_str(), with_commas(bytes).c_str(),
              options.input.string().c_str(), file.format.c_str(), where.c_str());
}

}  // namespace

void add_convert(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand("convert", "Write a weight file as safetensors");
  const auto options = std::make_shared<Options>();
  verb->add_option("input", options->input,
                   "A checkpoint of torch.save (.pth, .pt, .bin) or a safetensors file")
      ->required();
  verb->add_option("output", options->output, "The safetensors file to write")->required();
  verb->add_flag("--keep-float64", options->keep_f64,
                 "Keep float64 entries; otherwise all floating-point numbers become float32");
  verb->footer(
      "Names and shapes stay PyTorch's; optimizer states and the prefixes of DataParallel and\n"
      "torch.compile are left out. Nothing in the input is executed.\n\n"
      "Examples:\n"
      "  backlight convert checkpoint.pth food_cnn.safetensors\n"
      "  backlight convert pytorch_model.bin model.safetensors");
  verb->callback([options] { convert(*options); });
}

}  // namespace backlight::tools
