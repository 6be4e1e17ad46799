#!/usr/bin/env python3
"""Makes math.woff2 from STIX Two Math (SIL Open Font License), for the page.

    pip install fonttools brotli
    python make.py STIXTwoMath-Regular.ttf ../assets/math.woff2

Takes what formulas can hold, and changes what browsers draw badly: see the comments.
"""
import sys

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

# Letters, accents, Greek, signs, U+1D400 to U+1D7FF.
COMMON = (
    "2190-2199 21A6 21A9-21AA 21D0-21D5 2200-2295 2297 2299 22A2-22A8 22C0-22C6 22EE-22F1 "
    "0020-007E 00A0-00FF 0131 0141-0142 0152-0153 0237 0300-030C 0311 0323-0325 032C-0333 0338 "
    "0370-03FF 2010-2027 2030-2037 203E 2044 2057 205F-2064 2070-209C 20D0-20DC 20E1 20EC-20EF "
    "2102 2107 210A-2115 2118-211D 2122 2124-212D 212F-2138 213C-2149 2308-230B 2322-2323 "
    "23B0-23B1 23B4-23B5 23DC-23E1 27E6-27EF 27F0-27FF 2A00-2A0C 2A7D-2A7E 2AAF-2AB0 2605 2609 "
    "266D-266F 1D400-1D7FF"
)
# Operators, arrows and fences that the converter writes.
SIGNS = (
    "2190-22FF 2305-2306 2308-230B 231C-231F 2322-2323 233D 233F 23B0-23B1 23B4-23B5 23DC-23E1 "
    "24C7-24C8 25A0-25A1 25B2-25B3 25B6-25B7 25BC-25BD 25C0-25C1 25CA-25CB 25EB 25EF 25FB 2605 "
    "260A 2660-2667 266D-266F 2713 2720 2772-2773 27C2 27C5-27C9 27CB-27CD 27D1-27FF 2900-2980 "
    "2982-2998 29B5-29B9 29C0-29C1 29C4-29C8 29CD-29DB 29DF-29E6 29EB 29F4-2AF0 2AF2-2AFF "
    "2B30-2B4C"
)

font = TTFont(sys.argv[1])
cmap, glyf, hmtx, math = dict(font.getBestCmap()), font["glyf"], font["hmtx"], font["MATH"].table
glyphs = font.getGlyphSet()
variants = math.MathVariants
vertical = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction))
horizontal = dict(zip(variants.HorizGlyphCoverage.glyphs, variants.HorizGlyphConstruction))
rare = {name for code, name in cmap.items()
        if 0x1D468 <= code <= 0x1D49B or 0x1D4D0 <= code <= 0x1D503 or 0x1D56C <= code <= 0x1D6A3
        or 0x1D71C <= code <= 0x1D7CB or 0x1D7D8 <= code <= 0x1D7FF or 0x2190 <= code <= 0x2BFF}
ssty = {}
table = font["GSUB"].table
for record in table.FeatureList.FeatureRecord:
    if record.FeatureTag != "ssty":
        continue
    for index in record.Feature.LookupListIndex:
        for sub in table.LookupList.Lookup[index].SubTable:
            sub = getattr(sub, "ExtSubTable", sub)
            entries = getattr(sub, "alternates", {})
            ssty.update(entries)
            for name in rare & set(entries):
                del entries[name]

def redraw(name, change):
    """Draws a glyph anew, each x through `change`."""
    recording = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(recording)
    pen = TTGlyphPen(None)
    for operator, points in recording.value:
        points = [p and (change(p[0]), p[1]) for p in points]
        getattr(pen, operator)(*points)
    return pen.glyph()

def advance(name):
    return hmtx[name][0]

# Chromium sets primes as they are, raised once by the font and once more as a script.
for code in (0x2032, 0x2033, 0x2034, 0x2035, 0x2057):
    for sub in font["cmap"].tables:
        if code in sub.cmap:
            sub.cmap[code] = ssty[cmap[code]][0]

# Chromium makes room for the widest form of what can grow: fences lose their largest forms where
# they can be assembled, and no form is much wider than the first.
changed = {}
for code in (0x221A, 0x28, 0x29, 0x5B, 0x5D, 0x7B, 0x7D, 0x27E8, 0x27E9, 0x230A, 0x230B, 0x2308, 0x2309):
    base = cmap[code]
    construction = vertical[base]
    limit = advance(base) if code == 0x221A else round(advance(base) * 1.12)
    records = construction.MathGlyphVariantRecord
    if construction.GlyphAssembly:
        del records[7:]
        construction.VariantCount = construction.GlyphCount = len(records)
    names = {r.VariantGlyph for r in records[1:]}
    if construction.GlyphAssembly:
        names |= {p.glyph for p in construction.GlyphAssembly.PartRecords}
    for name in names:
        width = advance(name)
        if width > limit and name not in changed:
            factor = limit / width
            changed[name] = (redraw(name, lambda x: round(x * factor)), limit)

# Accents without width of their own stand beside their base in browsers: they get their width.
accents = {cmap[c] for c in (0x302, 0x303, 0x305, 0x332, 0x20D6, 0x20D7) if c in cmap}
accents |= {r.VariantGlyph for n in list(accents) if n in horizontal
            for r in horizontal[n].MathGlyphVariantRecord}
attachment = math.MathGlyphInfo.MathTopAccentAttachment
places = dict(zip(attachment.TopAccentCoverage.glyphs, attachment.TopAccentAttachment))
users = {n for n in font.getGlyphOrder() if glyf[n].isComposite()
         and any(c.glyphName in accents for c in glyf[n].components)}
for name in users - accents:
    changed[name] = (redraw(name, lambda x: x), advance(name))
for name in accents:
    if advance(name) == 0:
        shift = -glyf[name].xMin
        changed[name] = (redraw(name, lambda x: x + shift), glyf[name].xMax - glyf[name].xMin)
        if name in places:
            places[name].Value += shift
classes = font["GDEF"].table.GlyphClassDef.classDefs
for name in accents:
    classes[name] = 1
# Accents that browsers let grow are the ones that have larger forms.
for table in font["cmap"].tables:
    for code, accent in ((0x2C6, 0x302), (0x2DC, 0x303)):
        if code in table.cmap:
            table.cmap[code] = cmap[accent]
for name, (glyph, width) in changed.items():
    glyf[name] = glyph
    glyph.recalcBounds(glyf)
    hmtx[name] = (width, getattr(glyph, "xMin", 0))

codes = set()
for part in (COMMON + " " + SIGNS).split():
    first, _, last = part.partition("-")
    codes |= set(range(int(first, 16), int(last or first, 16) + 1))
options = subset.Options()
options.layout_features = ["ssty", "dtls", "flac", "ccmp"]
options.drop_tables += ["DSIG", "FFTM", "GPOS", "STAT"]
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
options.hinting = False
options.notdef_outline = True
options.flavor = "woff2"
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=codes)
# The subsetter wants a font as it is read.
font.save(sys.argv[2])
font = TTFont(sys.argv[2])
subsetter.subset(font)
subset.save_font(font, sys.argv[2], options)
