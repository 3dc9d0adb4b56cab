#include <zlib.h>

#include <algorithm>

#include "base/text.h"
#include "evaluation/bitmap_font.h"
#include "evaluation/plots.h"

namespace greenroom {
namespace {

// Of SVG text: about as high as the dots of the bitmap font.
constexpr int kFontSize = 10;

std::string Hex(const Colour& colour) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "#";
  for (const uint8_t part : {colour.red, colour.green, colour.blue}) {
    text += kDigits[part >> 4];
    text += kDigits[part & 15];
  }
  return text;
}

std::string Escape(const std::string& text) {
  std::string safe = ReplaceAll(EscapeControls(text), "&", "&amp;");
  safe = ReplaceAll(ReplaceAll(safe, "<", "&lt;"), ">", "&gt;");
  return ReplaceAll(safe, "\"", "&quot;");
}

const char* AnchorName(Drawing::Anchor anchor) {
  if (anchor == Drawing::Anchor::kStart) return "start";
  return anchor == Drawing::Anchor::kMiddle ? "middle" : "end";
}

std::string Number(const char* name, int value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

// Dots of three bytes, row by row.
class Canvas {
 public:
  Canvas(int width, int height) : width_(width), height_(height) {
    dots_.assign(static_cast<size_t>(width) * static_cast<size_t>(height) * 3, '\xff');
  }

  void Fill(const Drawing::Box& box) {
    for (int y = std::max(0, box.y); y < std::min(height_, box.y + box.height); ++y) {
      for (int x = std::max(0, box.x); x < std::min(width_, box.x + box.width); ++x) {
        const size_t at = (static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)) * 3;
        dots_[at] = static_cast<char>(box.colour.red);
        dots_[at + 1] = static_cast<char>(box.colour.green);
        dots_[at + 2] = static_cast<char>(box.colour.blue);
      }
    }
  }

  void Write(const Drawing::Text& text) {
    const std::u32string points = DecodeUtf8(text.text);
    const int length = static_cast<int>(points.size()) * kGlyphAdvance * text.scale;
    int offset = 0;
    if (text.anchor != Drawing::Anchor::kStart)
      offset = text.anchor == Drawing::Anchor::kMiddle ? -length / 2 : -length;
    for (const char32_t point : points) {
      WriteGlyph(GlyphOf(point), text, offset);
      offset += kGlyphAdvance * text.scale;
    }
  }

  // Each row begins with the byte of its filter: none.
  std::string Rows() const {
    std::string rows;
    const size_t bytes = static_cast<size_t>(width_) * 3;
    for (size_t y = 0; y < static_cast<size_t>(height_); ++y) {
      rows += '\0';
      rows.append(dots_, y * bytes, bytes);
    }
    return rows;
  }

 private:
  void WriteGlyph(const Glyph& glyph, const Drawing::Text& text, int offset) {
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if ((glyph[static_cast<size_t>(row)] & (16 >> column)) == 0) continue;
        const int along = offset + column * text.scale, across = row * text.scale;
        const int x = text.upright ? text.x + across : text.x + along;
        const int y = text.upright ? text.y - along - text.scale : text.y + across;
        Fill({x, y, text.scale, text.scale, text.colour});
      }
    }
  }

  int width_, height_;
  std::string dots_;
};

void AppendNumber(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

// A chunk of a PNG file: length, kind, bytes and their check sum (PNG Specification, 3rd edition, section 5.3).
void AppendChunk(std::string& out, const std::string& kind, const std::string& bytes) {
  AppendNumber(out, static_cast<uint32_t>(bytes.size()));
  const std::string checked = kind + bytes;
  out += checked;
  AppendNumber(out, static_cast<uint32_t>(
                        crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()))));
}

std::string Deflate(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
            static_cast<uLong>(bytes.size()), Z_BEST_SPEED);
  packed.resize(size);
  return packed;
}

}  // namespace

std::string Drawing::ToSvg() const {
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + Number("width", width_) + Number("height", height_) +
                    " font-family=\"monospace\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  for (const Box& box : boxes_) {
    svg += "<rect" + Number("x", box.x) + Number("y", box.y) + Number("width", box.width) +
           Number("height", box.height) + " fill=\"" + Hex(box.colour) + "\"/>\n";
  }
  for (const Text& text : texts_) {
    const int baseline = kGlyphHeight * text.scale;
    const int x = text.upright ? text.x + baseline : text.x, y = text.upright ? text.y : text.y + baseline;
    svg += "<text" + Number("x", x) + Number("y", y) + Number("font-size", kFontSize * text.scale) + " text-anchor=\"" +
           AnchorName(text.anchor) + "\" fill=\"" + Hex(text.colour) + "\"";
    if (text.upright) svg += " transform=\"rotate(-90 " + std::to_string(x) + " " + std::to_string(y) + ")\"";
    svg += ">" + Escape(text.text) + "</text>\n";
  }
  return svg + "</svg>\n";
}

std::string Drawing::ToPng() const {
  Canvas canvas(width_, height_);
  for (const Box& box : boxes_) canvas.Fill(box);
  for (const Text& text : texts_) canvas.Write(text);
  std::string png = "\x89PNG\r\n\x1a\n";
  std::string header;
  AppendNumber(header, static_cast<uint32_t>(width_));
  AppendNumber(header, static_cast<uint32_t>(height_));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // eight bits, true colour, no interlace
  AppendChunk(png, "IHDR", header);
  AppendChunk(png, "IDAT", Deflate(canvas.Rows()));
  AppendChunk(png, "IEND", "");
  return png;
}

}  // namespace greenroom
