"""Labelling functions over what people said next."""

import polars as pl

from feedback.labelling.functions import labelling_function

_OPENING = pl.col("next_request_text").str.slice(0, 160)

_COMPLAINTS = (
    # English
    r"\b(that|this|it)('s|’s| is| was|s)?( (just|still|completely|totally|simply|also|all))? "
    r"(wrong|incorrect|false|not (right|correct|true|it|what i))\b",
    r"\b(that|this|it) (didn't|didn’t|did not|doesn't|doesn’t|does not) (work|help|answer)",
    r"^\W*(no|nope)\b\W+(that|this|it|not|you|wrong|i (said|asked|meant|wanted))",
    r"^\W*(wrong|incorrect)\b|\bnot what i (asked|meant|wanted|said)|\byou('re|’re| are) wrong",
    r"\byou (misunderstood|(didn't|didn’t|did not) (understand|answer|read)|got (it|that|this) wrong)",
    r"^\W*(still|again) (wrong|incorrect|not (working|right|correct|what))",
    r"\b(that|this) (is|was)(n't|n’t| not) helpful",
    # German
    r"\b(das|es|dies)( \w+)? (stimmt|passt|hilft|funktioniert)( (so|leider|immer noch|mir))* nicht",
    r"\b(das|dies|es) ist( \w+)? (falsch|nicht (richtig|korrekt|das))|^\W*(falsch|stimmt nicht)\b",
    r"^\W*(nein|nee)\b\W+(das|so|ich (meinte|wollte|habe)|nicht)|\b(das|so) (meinte|wollte) ich nicht",
    r"^\W*immer noch (falsch|nicht)|\b(du hast|sie haben) mich (falsch|miss|nicht) ?verstanden|\bdu irrst dich\b",
    # Spanish
    r"\b(eso|esto|así) no (es|está|funciona|era|sirve)|\b(está|es) (mal|incorrecto|equivocado)\b",
    r"^\W*no\b\W+(eso|esto|así|es|está|quería|pregunté)|^\W*(incorrecto|te equivocas)\b|no (es|era) lo que",
    r"\b(eso|esto) no me (ayuda|sirve)|\bte (equivocaste|has equivocado)\b|^\W*(sigue|todavía) (mal|sin funcionar)",
    # French
    r"\b(c'est|c’est|ce n'est|ce n’est|cela n'est) (faux|incorrect|pas (ça|ca|correct|bon|juste|vrai|ce que))",
    r"^\W*non\b\W+(ce|c'|c’|ça|je|pas)|(^|\s)(ça|cela) (ne )?(marche|fonctionne|répond) (toujours )?pas",
    r"\b(tu te trompes|vous vous trompez)\b|\b(tu n'as|tu n’as|vous n'avez|vous n’avez) pas (compris|répondu)",
    r"(^|\s)(ça|cela) ne m('|’)aide pas|^\W*toujours pas\b",
    # Italian, Portuguese, Dutch
    r"(^|\s)(è|e') (sbagliato|scorretto)|\bnon è (corretto|giusto|quello che)|^\W*(sbagliato|no\b\W+(non|questo))",
    r"(^|\s)(está|isso é|é) (errado|incorreto)|\bnão (é|foi) (isso|o que)|^\W*não\b\W+(é|isso)",
    r"\b(dat|dit) (klopt niet|is (fout|onjuist|niet (juist|goed|wat)))|^\W*nee\b\W+(dat|dit|ik)",
    # Russian, Turkish, Korean
    r"(^|\s)(это|так) (неверно|неправильно|не так|не то|не работает)|^\s*(неверно|неправильно)",
    r"(^|\s)bu (yanlış|doğru değil)|^\s*yanlış|틀렸(어|습니다)|그게 아니(라|고)",
    # Polish, Chinese, Japanese
    r"\bto (jest )?(źle|błąd|nieprawda|nie (tak|to))\b",
    r"^\s*(不对|不是这|错了|不正确|你错了)|^\s*(違う|違います|ちがう|間違)",
)
_THANKS = tuple(
    rf"^\W*((ok|okay|oh|ah|yes|yep|cool|ja|sí|oui|sì|sim)[ ,.!]+)?({words})"
    for words in (
        r"(many thanks|thanks|thank you|thx|cheers|perfect|great|awesome|brilliant|that (works|worked|helped))\b",
        r"(danke|vielen dank|perfekt|super|klasse|prima|passt|das (hat geklappt|hat geholfen|passt|stimmt so))\b",
        r"(gracias|muchas gracias|perfecto|genial|estupendo|eso (funciona|ayuda))\b",
        r"(merci|parfait|génial|super|ça (marche|fonctionne))\b",
        r"(grazie|perfetto|obrigad[oa]|perfeito|bedankt|dank je|dzięki)\b",
        r"谢谢|太好了|ありがとう|完璧|спасибо|благодарю|отлично|teşekkür|감사합니다|고마워",
    )
)
_SHORT = 60


def _says(patterns: tuple[str, ...]) -> pl.Expr:
    """Return whether the opening of the next message matches a pattern, in lower case.

    Word boundaries and classes are those of ASCII: the Unicode ones make the matcher sixty times slower. A
    pattern must therefore not ask for a boundary beside a letter such as `è`.
    """
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    for unicode_class, ascii_class in ((r"\b", r"(?-u:\b)"), (r"\w", r"(?-u:\w)"), (r"\W", "[^a-z]")):
        joined = joined.replace(unicode_class, ascii_class)
    return _OPENING.str.to_lowercase().str.contains(joined)


@labelling_function(
    polarity="bad",
    weight=1.5,
    rationale="The next message says that the answer was wrong or did not help. Rare, and precise.",
    source="Complaint words after a turn in the dialogue breakdown challenge (Higashinaka et al. 2016)",
)
def complained() -> pl.Expr:
    return _says(_COMPLAINTS)


@labelling_function(
    polarity="good",
    weight=1.0,
    rationale="The next message is short, begins with thanks or that it worked, and neither asks nor complains.",
    source="Ours: a hint, politeness differs between people and languages",
)
def thanked() -> pl.Expr:
    is_short = pl.col("next_request_text").str.len_chars() <= _SHORT
    asks = pl.col("next_request_text").str.contains("?", literal=True)
    return is_short & _says(_THANKS) & ~asks & ~_says(_COMPLAINTS)
