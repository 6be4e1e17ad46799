//! Words that say nothing about a topic: the function words of English, the words that every
//! abstract is written with, and prefixes that say nothing alone (`non`, `multi`), which stay where
//! a hyphen ties them to a word. Words that some field means something by are not here, however
//! frequent they are elsewhere (`model`, `system`, `time`): weights see to them.

/// Whether `word`, in lower case, is one of them.
pub(crate) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// In order of bytes.
#[rustfmt::skip]
const STOP_WORDS: [&str; 928] = [
    "a", "able", "about", "above", "absence", "abstract", "according", "accordingly", "accurately",
    "achieve", "achieved", "achieves", "achieving", "across", "add", "added", "adding", "addition",
    "additional", "additionally", "address", "addressed", "addresses", "addressing", "adds",
    "advantage", "advantages", "after", "afterwards", "again", "against", "aim", "aimed", "aiming",
    "aims", "al", "all", "allow", "allowed", "allowing", "allows", "almost", "alone", "along",
    "already", "also", "alternative", "although", "always", "am", "among", "amongst", "an",
    "analyze", "analyzed", "analyzes", "analyzing", "and", "another", "anti", "any", "anyhow",
    "anyone", "anything", "anyway", "anywhere", "applicability", "applied", "applies", "apply",
    "applying", "approach", "approaches", "are", "aren", "argue", "arise", "arises", "around",
    "art", "article", "arxiv", "as", "at", "attempt", "attempts", "author", "authors", "available",
    "average", "based", "be", "became", "because", "become", "becomes", "becoming", "been",
    "before", "beforehand", "behind", "being", "below", "beside", "besides", "best", "better",
    "between", "beyond", "big", "both", "build", "building", "built", "but", "by", "call", "called",
    "can", "cannot", "capture", "captures", "capturing", "case", "cases", "causes", "challenge",
    "challenges", "challenging", "close", "closely", "com", "common", "commonly", "compare",
    "compared", "compares", "comparing", "comparison", "comparisons", "comprehensive",
    "comprehensively", "compute", "computed", "concern", "conclude", "condition", "conditions",
    "conjecture", "consider", "considered", "considering", "considers", "consist", "consistent",
    "consistently", "consisting", "consists", "contain", "containing", "contains", "contribute",
    "contribution", "contributions", "copyright", "corresponding", "cost", "costs", "could",
    "couldn", "covering", "critically", "crucial", "current", "currently", "demonstrate",
    "demonstrated", "demonstrates", "demonstrating", "denote", "depend", "depends", "derive",
    "derived", "describe", "described", "describes", "describing", "designed", "despite", "detail",
    "detailed", "details", "determine", "determined", "develop", "developed", "developing",
    "develops", "did", "didn", "difference", "different", "difficult", "direct", "directly",
    "discuss", "discussed", "discusses", "distinct", "do", "does", "doesn", "doi", "doing", "don",
    "done", "down", "drop", "drops", "due", "during", "each", "easily", "easy", "effect",
    "effective", "effectively", "effectiveness", "efficiency", "efficient", "efficiently", "eg",
    "eight", "either", "else", "elsewhere", "emph", "employ", "employed", "enable", "enabled",
    "enables", "enabling", "encountered", "end", "enhance", "enhanced", "enhances", "enhancing",
    "enough", "ensure", "ensures", "especially", "essential", "essentially", "establish",
    "established", "establishing", "et", "etc", "evaluate", "evaluated", "evaluation", "even",
    "ever", "every", "everyone", "everything", "everywhere", "exact", "example", "examples",
    "exceed", "exceeds", "except", "exhibit", "exhibits", "exist", "existing", "exists", "expect",
    "expected", "experiment", "experimental", "experimentally", "experiments", "explain",
    "explains", "explore", "explored", "explores", "extend", "extended", "extending", "extends",
    "extensive", "extensively", "extra", "fact", "fail", "fails", "few", "fewer", "finally", "find",
    "finding", "findings", "finds", "first", "five", "focus", "focused", "focuses", "focusing",
    "follow", "followed", "following", "follows", "for", "form", "former", "formerly", "found",
    "four", "fraction", "framework", "frameworks", "from", "full", "fully", "fundamental",
    "further", "furthermore", "gain", "gains", "general", "generally", "get", "github", "give",
    "given", "gives", "giving", "goal", "good", "great", "greater", "greatly", "had", "half",
    "handle", "has", "have", "having", "he", "help", "helps", "hence", "her", "here", "hereby",
    "herein", "hers", "herself", "high", "higher", "highest", "highlight", "highlighting",
    "highlights", "highly", "him", "himself", "his", "how", "however", "http", "https", "i", "idea",
    "identified", "identify", "ie", "if", "illustrate", "impact", "implement", "implementation",
    "implemented", "implies", "imply", "important", "importantly", "improve", "improved",
    "improvement", "improvements", "improves", "improving", "in", "include", "included", "includes",
    "including", "increase", "increased", "increases", "increasing", "indeed", "indicate",
    "indicates", "inherently", "insight", "insights", "inspired", "instance", "instead", "inter",
    "into", "intra", "introduce", "introduced", "introduces", "introducing", "introduction",
    "investigate", "investigated", "investigation", "involve", "involved", "is", "isn", "issue",
    "issues", "it", "its", "itself", "joint", "just", "keep", "keeps", "kind", "known", "lack",
    "large", "largely", "larger", "largest", "last", "later", "latest", "latter", "lead", "leading",
    "leads", "learned", "least", "leaving", "led", "lemma", "less", "let", "level", "leverage",
    "leverages", "leveraging", "lies", "like", "limit", "limitation", "limitations", "limited",
    "literature", "little", "long", "low", "lower", "made", "main", "mainly", "major", "make",
    "makes", "making", "manner", "many", "match", "matched", "matches", "may", "me", "mean",
    "means", "meanwhile", "measure", "measured", "measures", "meet", "method", "methodology",
    "methods", "might", "mine", "moderate", "more", "moreover", "most", "mostly", "motivate",
    "motivated", "motivates", "much", "multi", "multiple", "must", "my", "myself", "namely",
    "naturally", "nature", "near", "nearly", "necessary", "need", "needed", "needs", "neither",
    "never", "nevertheless", "new", "next", "nine", "no", "nobody", "non", "none", "nor", "not",
    "notably", "note", "nothing", "novel", "now", "nowhere", "numerous", "obtain", "obtained",
    "obtaining", "obtains", "occur", "occurs", "of", "off", "offer", "offers", "often", "old", "on",
    "once", "one", "only", "onto", "open", "or", "order", "org", "original", "originally", "other",
    "others", "otherwise", "our", "ours", "ourselves", "out", "outperform", "outperforming",
    "outperforms", "over", "overall", "overcome", "overview", "own", "paper", "papers", "part",
    "particular", "particularly", "past", "per", "percent", "perform", "performance", "performed",
    "performing", "performs", "perhaps", "please", "poor", "popular", "possible", "post",
    "potential", "potentially", "practical", "practice", "pre", "precisely", "preprint", "presence",
    "present", "presented", "presenting", "presents", "previous", "previously", "prior", "problem",
    "problems", "produce", "produced", "produces", "promise", "promising", "proof", "proper",
    "properties", "property", "propose", "proposed", "proposes", "proposing", "proposition",
    "prove", "proved", "proven", "proves", "provide", "provided", "provides", "providing", "pseudo",
    "purely", "purpose", "quasi", "questions", "quite", "raise", "range", "rapid", "rapidly",
    "rate", "rather", "reach", "real", "realistic", "really", "recent", "recently", "reduce",
    "reduced", "reduces", "reducing", "regarding", "relate", "related", "relative", "relatively",
    "relies", "rely", "remain", "remaining", "remains", "remarkable", "remarkably", "report",
    "reported", "represent", "representative", "require", "required", "requires", "requiring",
    "research", "respect", "respectively", "result", "resulting", "results", "reveal", "reveals",
    "review", "revisit", "rigorous", "rigorously", "robustly", "role", "run", "same", "sample",
    "samples", "second", "secondly", "see", "seek", "seeks", "seem", "seemed", "seeming", "seems",
    "seen", "self", "semi", "setting", "settings", "seven", "several", "she", "shed", "should",
    "shouldn", "show", "showcase", "showcases", "showed", "showing", "shown", "shows",
    "significant", "significantly", "similar", "simple", "simply", "simultaneously", "since",
    "single", "six", "small", "smaller", "so", "solely", "solve", "solved", "solving", "some",
    "somehow", "someone", "something", "sometimes", "somewhere", "specific", "specifically",
    "start", "step", "steps", "still", "straightforward", "strong", "studied", "studies", "study",
    "studying", "sub", "subsequent", "subsequently", "substantial", "substantially", "such",
    "suffer", "suffers", "sufficient", "suggest", "suggested", "suggests", "suitable", "suited",
    "summary", "superior", "supports", "survey", "take", "taken", "takes", "taking", "technique",
    "techniques", "ten", "term", "terms", "tested", "textbf", "textit", "than", "thanks", "that",
    "the", "their", "theirs", "them", "themselves", "then", "thence", "theorem", "there", "thereby",
    "therefore", "these", "thesis", "they", "think", "third", "this", "thorough", "thoroughly",
    "those", "though", "three", "through", "throughout", "thus", "to", "today", "together", "too",
    "total", "toward", "towards", "traditional", "try", "turn", "twice", "two", "type", "types",
    "typical", "typically", "unclear", "under", "underlying", "underscore", "underscores",
    "understand", "understanding", "unified", "unique", "unknown", "unless", "unlike", "until",
    "up", "upon", "us", "use", "used", "useful", "uses", "using", "usual", "usually", "utilize",
    "utilizes", "utilizing", "valid", "validate", "validated", "valuable", "value", "values",
    "variety", "various", "vary", "very", "via", "view", "vs", "want", "was", "wasn", "way", "ways",
    "we", "well", "were", "weren", "what", "whatever", "when", "whence", "whenever", "where",
    "whereas", "whereby", "wherein", "whether", "which", "while", "whither", "who", "whoever",
    "whole", "whom", "whose", "why", "wide", "widely", "will", "with", "within", "without", "won",
    "work", "worked", "working", "works", "would", "wouldn", "www", "yet", "yield", "yielding",
    "yields", "you", "your", "yours", "yourself", "yourselves", "zero",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(STOP_WORDS.is_sorted_by(|a, b| a < b));
        assert!(is_stop_word("the") && is_stop_word("propose") && !is_stop_word("graph"));
    }

    #[test]
    fn words_of_some_field_are_not_on_it() {
        for word in ["model", "system", "time", "point", "code", "set", "number"] {
            assert!(!is_stop_word(word), "{word}");
        }
        for word in ["non", "multi", "self", "results", "using", "notably"] {
            assert!(is_stop_word(word), "{word}");
        }
    }
}
