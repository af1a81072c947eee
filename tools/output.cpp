#include "tools/output.h"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include "tensor/error.h"
#include "tensor/file.h"

namespace backlight::tools {

void prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error && std::filesystem::is_directory(folder), "cannot make the folder ",
          folder.string(), error ? ": " + error.message() : "", "; choose another with --out");
  require(access(folder.c_str(), W_OK | X_OK) == 0, "cannot write into the folder ",
          folder.string(), "; choose another with --out");
}

void write_json(const std::filesystem::path& file, const nlohmann::json& value) {
  const auto replace = nlohmann::json::error_handler_t::replace;
  write_file_atomically(file, value.dump(1, ' ', false, replace) + "\n");
}

std::map<std::string, std::string> options_of(const CLI::App& verb) {
  std::map<std::string, std::string> values;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_positional()) continue;
    const bool flag = option->get_items_expected_max() == 0;
    if (option->count() > 0)
      values[option->get_name()] = flag ? "" : CLI::detail::join(option->results(), ",");
    else if (!option->get_default_str().empty())
      values[option->get_name()] = option->get_default_str();
  }
  return values;
}

std::vector<std::string> command_of(const CLI::App& verb,
                                    const std::map<std::string, std::string>& replaced) {
  std::map<std::string, std::string> values = options_of(verb);
  for (const auto& [name, value] : replaced) values[name] = value;
  std::vector<std::string> words{"backlight", verb.get_name()};
  for (const CLI::Option* option : verb.get_options()) {
    const auto value = values.find(option->get_name());
    if (option->get_positional() || value == values.end()) continue;
    words.push_back(value->first);
    if (option->get_items_expected_max() > 0) words.push_back(value->second);
  }
  for (const CLI::Option* option : verb.get_options())
    if (option->get_positional())
      words.insert(words.end(), option->results().begin(), option->results().end());
  return words;
}

}  // namespace backlight::tools
