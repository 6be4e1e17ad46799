//! Words that say nothing about a topic: the function words of English, and the words that every
//! abstract is written with.

/// Whether `word`, in lower case, is one of them.
pub(crate) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// In order of bytes.
#[rustfmt::skip]
const STOP_WORDS: [&str; 831] = [
    "a", "able", "about", "above", "abstract", "according", "accordingly", "achieve", "achieved",
    "achieves", "achieving", "across", "add", "added", "address", "addressed", "addresses",
    "addressing", "adds", "after", "afterwards", "again", "against", "aim", "aims", "al", "all",
    "allow", "allowed", "allowing", "allows", "almost", "alone", "along", "already", "also",
    "although", "always", "am", "among", "amongst", "an", "analyze", "analyzed", "analyzes",
    "analyzing", "and", "another", "any", "anyhow", "anyone", "anything", "anyway", "anywhere",
    "applied", "applies", "apply", "applying", "approach", "approaches", "are", "aren", "argue",
    "around", "art", "article", "arxiv", "as", "at", "author", "authors", "available", "average",
    "based", "be", "became", "because", "become", "becomes", "becoming", "been", "before",
    "beforehand", "behind", "being", "below", "beside", "besides", "better", "between", "beyond",
    "big", "both", "build", "building", "built", "but", "by", "call", "called", "can", "cannot",
    "case", "cases", "challenge", "challenges", "challenging", "class", "close", "closely", "code",
    "com", "common", "commonly", "compare", "compared", "compares", "comparing", "comparison",
    "compute", "computed", "concern", "conclude", "condition", "conditions", "conjecture",
    "consider", "considered", "considering", "considers", "consist", "consistent", "consists",
    "contain", "contains", "contribute", "contribution", "contributions", "copyright",
    "corresponding", "cost", "costs", "could", "couldn", "current", "currently", "demonstrate",
    "demonstrated", "demonstrates", "demonstrating", "denote", "depend", "depends", "derive",
    "derived", "describe", "described", "describes", "describing", "design", "designed", "despite",
    "detail", "detailed", "details", "determine", "determined", "develop", "developed",
    "developing", "develops", "did", "didn", "difference", "different", "difficult", "direct",
    "directly", "discuss", "discussed", "discusses", "do", "does", "doesn", "doi", "doing", "don",
    "done", "down", "drop", "drops", "due", "during", "each", "easily", "easy", "effect",
    "effective", "effectively", "effectiveness", "efficiency", "efficient", "efficiently", "eg",
    "eight", "either", "else", "elsewhere", "employ", "employed", "enable", "enables", "enabling",
    "enough", "ensure", "ensures", "especially", "essential", "establish", "established", "et",
    "etc", "evaluate", "evaluated", "evaluation", "even", "ever", "every", "everyone", "everything",
    "everywhere", "exact", "example", "examples", "exceed", "exceeds", "except", "exist",
    "existing", "exists", "expect", "expected", "experiment", "experimental", "experimentally",
    "experiments", "explain", "explains", "explore", "explored", "explores", "extend", "extended",
    "extends", "extensive", "fact", "few", "find", "finding", "findings", "finds", "first", "five",
    "focus", "focused", "focuses", "follow", "followed", "following", "follows", "for", "form",
    "former", "formerly", "found", "four", "fraction", "framework", "frameworks", "from", "full",
    "fully", "further", "furthermore", "gain", "gains", "general", "generally", "get", "github",
    "give", "given", "gives", "giving", "goal", "good", "great", "greater", "greatly", "had",
    "half", "handle", "has", "have", "having", "he", "help", "helps", "hence", "her", "here",
    "hereby", "herein", "hers", "herself", "high", "higher", "highest", "highly", "him", "himself",
    "his", "how", "however", "http", "https", "i", "idea", "identified", "identify", "ie", "if",
    "illustrate", "impact", "implement", "implementation", "implemented", "implies", "imply",
    "important", "improve", "improved", "improvement", "improvements", "improves", "improving",
    "in", "include", "included", "includes", "including", "increase", "increased", "increases",
    "increasing", "indeed", "indicate", "indicates", "instance", "instead", "into", "introduce",
    "introduced", "introduces", "introducing", "investigate", "investigated", "involve", "involved",
    "is", "isn", "issue", "issues", "it", "its", "itself", "joint", "just", "keep", "keeps", "kind",
    "known", "lack", "large", "largely", "larger", "largest", "last", "later", "latest", "latter",
    "lead", "leading", "leads", "learned", "least", "led", "lemma", "less", "let", "level",
    "leverage", "leverages", "leveraging", "like", "limit", "limitation", "limitations", "limited",
    "literature", "little", "long", "low", "lower", "made", "main", "mainly", "major", "make",
    "makes", "making", "manner", "many", "match", "matched", "matches", "may", "me", "mean",
    "means", "meanwhile", "measure", "measured", "measures", "meet", "method", "methodology",
    "methods", "might", "mine", "moderate", "more", "moreover", "most", "mostly", "motivated",
    "much", "multiple", "must", "my", "myself", "namely", "naturally", "nature", "near", "nearly",
    "necessary", "need", "needed", "needs", "neither", "never", "nevertheless", "new", "next",
    "nine", "no", "nobody", "none", "nor", "not", "note", "nothing", "novel", "now", "nowhere",
    "number", "numbers", "numerous", "obtain", "obtained", "obtaining", "obtains", "occur",
    "occurs", "of", "off", "offer", "offers", "often", "old", "on", "once", "one", "only", "onto",
    "open", "or", "order", "org", "original", "other", "others", "otherwise", "our", "ours",
    "ourselves", "out", "outperform", "outperforming", "outperforms", "over", "overall", "overcome",
    "own", "paper", "papers", "part", "particular", "particularly", "past", "per", "percent",
    "perform", "performance", "performed", "performing", "performs", "perhaps", "please", "point",
    "points", "poor", "popular", "possible", "potential", "potentially", "practical", "practice",
    "precisely", "preprint", "present", "presented", "presenting", "presents", "previous",
    "previously", "prior", "problem", "problems", "produce", "produced", "produces", "promising",
    "proof", "proper", "properties", "property", "propose", "proposed", "proposes", "proposing",
    "proposition", "prove", "proved", "proven", "proves", "provide", "provided", "provides",
    "providing", "purpose", "question", "questions", "quite", "raise", "range", "rate", "rather",
    "reach", "real", "realistic", "really", "recent", "recently", "reduce", "reduced", "reduces",
    "reducing", "regarding", "relate", "related", "relative", "relatively", "rely", "remain",
    "remaining", "remains", "report", "reported", "represent", "require", "required", "requires",
    "requiring", "research", "respect", "respectively", "result", "resulting", "results", "reveal",
    "reveals", "review", "role", "run", "same", "sample", "samples", "second", "see", "seem",
    "seemed", "seeming", "seems", "set", "sets", "setting", "settings", "seven", "several", "she",
    "shed", "should", "shouldn", "show", "showed", "showing", "shown", "shows", "significant",
    "significantly", "similar", "simple", "simply", "since", "single", "six", "small", "smaller",
    "so", "solve", "solved", "solving", "some", "somehow", "someone", "something", "sometimes",
    "somewhere", "specific", "specifically", "standard", "start", "state", "step", "steps", "still",
    "strong", "studied", "studies", "study", "studying", "sub", "substantial", "substantially",
    "such", "suffer", "suffers", "sufficient", "suggest", "suggested", "suggests", "suitable",
    "summary", "survey", "system", "systems", "take", "taken", "takes", "taking", "task", "tasks",
    "technique", "techniques", "ten", "term", "terms", "test", "tested", "than", "thanks", "that",
    "the", "their", "theirs", "them", "themselves", "then", "thence", "theorem", "there", "thereby",
    "therefore", "these", "thesis", "they", "think", "third", "this", "those", "though", "three",
    "through", "throughout", "thus", "time", "times", "to", "today", "together", "too", "tool",
    "tools", "total", "toward", "towards", "traditional", "try", "turn", "twice", "two", "type",
    "types", "typical", "typically", "unclear", "under", "underlying", "understand",
    "understanding", "unified", "unknown", "unless", "until", "up", "upon", "us", "use", "used",
    "useful", "uses", "using", "usual", "usually", "valid", "validate", "validated", "value",
    "values", "variety", "various", "vary", "very", "via", "view", "vs", "want", "was", "wasn",
    "way", "ways", "we", "well", "were", "weren", "what", "whatever", "when", "whence", "whenever",
    "where", "whereas", "whereby", "wherein", "whether", "which", "while", "whither", "who",
    "whoever", "whole", "whom", "whose", "why", "wide", "widely", "will", "with", "within",
    "without", "won", "work", "worked", "working", "works", "world", "would", "wouldn", "www",
    "yet", "yield", "yielding", "yields", "you", "your", "yours", "yourself", "yourselves", "zero",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(STOP_WORDS.is_sorted_by(|a, b| a < b));
        assert!(is_stop_word("the") && is_stop_word("propose") && !is_stop_word("graph"));
    }
}
