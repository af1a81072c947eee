// What the verbs that fill a folder share: the folder, and the command that would fill it again.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace backlight::tools {

// Makes the folder where it is missing. Errors: it cannot be made, or not be written into.
void prepare_folder(const std::filesystem::path& folder);

// A .json file: indented, with U+FFFD in place of what is not UTF-8.
void write_json(const std::filesystem::path& file, const nlohmann::json& value);

// The options of `verb` by name with their values: every one that was given or has a default.
std::map<std::string, std::string> options_of(const CLI::App& verb);

// The words that do what `verb` was just asked for again, whatever the defaults will be: every
// option of options_of, with the values of `replaced` in place of its own.
std::vector<std::string> command_of(const CLI::App& verb,
                                    const std::map<std::string, std::string>& replaced = {});

}  // namespace backlight::tools
