#include "tools/profile/page_sections.h"
#include "tools/report/assets.h"

// The assembler copies the file (its folder comes from CMake) among the constants of the program.
asm(R"(
  .pushsection .rodata
backlight_profile_style_begin:
  .incbin ")" BACKLIGHT_PROFILE_PAGE R"(/page.css"
backlight_profile_style_end:
  .popsection
)");

extern "C" const char backlight_profile_style_begin[], backlight_profile_style_end[];

namespace backlight::tools {
namespace {

// The policy: the page loads nothing, whatever got into it.
Markup head() {
  return html(
      R"(<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Backlight: a profile</title>
<style>
{}{}</style>
</head>
)",
      Markup{std::string(page_style())}, Markup{std::string(profile_style())});
}

Markup header(const ProfileRun& run) {
  Markup facts;
  for (const auto& [name, value] :
       {std::pair<const char*, std::string>{"Model", run.model},
        {"Weights", run.weights},
        {"Work", run.method + ", batch " + std::to_string(run.batch)},
        {"Device", run.device_name},
        {"Precision", run.precision},
        {"Launches", count_label(static_cast<std::int64_t>(run.records.size()))}})
    facts += html("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
  return html(
      R"(<header class="top">
<p class="brand">Backlight</p>
<h1>{}</h1>
<p class="lede">{}</p>
<dl class="facts">
{}</dl>
</header>
)",
      run.is_counted() ? "What the kernels do" : "Where the time goes",
      run.is_counted()
          ? "Every launch ran in the simulator, which counts what a GPU's memory would have to do: "
            "the sectors of global memory that it would fetch, the passes over the banks of shared "
            "memory. Time it cannot tell."
          : "Every launch was timed. What to look at first is at the top; the numbers of all "
            "layers "
            "and kernels are at the end.",
      facts);
}

Markup first_look(const ProfileRun& run) {
  Markup items;
  for (const std::string& sentence : offenders(run)) items += html("<li>{}</li>\n", sentence);
  if (items.text.empty())
    items = Markup{
        "<li class=\"good\">Nothing stands out: no bank conflicts, and no sector is "
        "touched for nothing.</li>\n"};
  return html(
      "<section class=\"scores first\">\n<h2>Look first at</h2>\n<ol>\n{}</ol>\n</section>\n",
      items);
}

Markup footer(const ProfileRun& run) {
  return html(
      R"(<footer>
<h2>Run it again</h2>
<pre tabindex="0"><code>{}</code></pre>
</footer>
)",
      shell_line(run.command));
}

}  // namespace

std::string_view profile_style() {
  return {backlight_profile_style_begin, backlight_profile_style_end};
}

std::string to_page(const ProfileRun& run) {
  Markup page{"<!DOCTYPE html>\n<html lang=\"en\">\n"};
  page += head();
  page += Markup{"<body class=\"profile\">\n"};
  page += header(run);
  page += Markup{"<main>\n"};
  page += first_look(run);
  if (run.is_counted()) {
    page += kernel_sections(run);
    page += bank_lesson();
  } else {
    page += roofline_section(run);
    page += time_section(run);
  }
  page += numbers_section(run);
  page += Markup{"</main>\n"};
  page += footer(run);
  page += Markup{"</body>\n</html>\n"};
  return std::move(page.text);
}

}  // namespace backlight::tools
