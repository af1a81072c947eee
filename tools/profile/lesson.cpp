#include "tools/profile/page_sections.h"

namespace backlight::tools {
namespace {

// Lane i reads `size` bytes from i * pitch on.
SharedRequest column(std::uint32_t pitch, std::uint32_t size, std::uint32_t lanes) {
  SharedRequest request{.lanes = lanes, .size = size};
  for (std::uint32_t lane = 0; lane < 32; ++lane) request.offsets[lane] = lane * pitch;
  count_passes(request);
  return request;
}

}  // namespace

Markup bank_lesson() {
  const SharedRequest tile = column(32 * 4, 4, 0xffffffff), wider = column(33 * 4, 4, 0xffffffff);
  const SharedRequest rows = column(128, 16, 0xff);
  return html(
      R"(<section class="scores lesson" id="banks">
<h2>Why banks conflict, and two ways out</h2>
<div class="prose">
<p>Shared memory is 32 banks wide. The word of four bytes at byte <i>a</i> lies in bank
<i>a</i>/4 mod 32, and a bank gives one word a pass. The lanes of a warp ask together: if their words
lie in different banks, or are the same word, one pass serves them all. Words that meet in one bank
wait for one another: that is a bank conflict.</p>
<p>In the pictures a row is 128 bytes of shared memory, a column is a bank, and a square is a word
that the lane with this number wants. The bars beneath count the words of each bank.</p>
</div>
<h3>One word more a row</h3>
<p>A warp walks down a column of <code>float tile[32][32]</code>. Every row begins in bank 0, so the
whole column lies in one bank. With <code>float tile[32][33]</code> each row begins one bank further
on.</p>
<div class="pair">
{}{}</div>
<h3>A swizzle</h3>
<p>Tensor-core instructions take rows of 16 bytes: eight lanes ask for eight rows at once.
<code>ldmatrix</code>, <code>wgmma</code> and TMA want the rows where they are, without padding, so
the 16-byte pieces change places within their row: piece <i>p</i> of row <i>r</i> lies at
<i>p</i>&nbsp;xor&nbsp;(<i>r</i>&nbsp;mod&nbsp;8).</p>
<div class="pair">
{}{}</div>
</section>
)",
      bank_figure(tile, "tile[32][32]."), bank_figure(wider, "tile[32][33]."),
      bank_figure(rows, "Rows as they come."), bank_figure(swizzled(rows), "Swizzled."));
}

}  // namespace backlight::tools
