"""Which words say nothing about what a story is about? The commonest of a few languages, written as one set each."""

from typing import Final

_WORDS: Final = {
    "en": """the and for that with this from was were are his her has have had not but they you she him its our their
        who will would could should been being which when what where there then than them these those into over after
        before about because while also more most some such only very just one two three first last said says say
        told year years day days week weeks time people new may can did does done get got make made many much other
        out own same still through under until upon was were well between both each even every few how here
        off per since too up down back any all again against another among around as at be by do go he if in is it
        me my no nor now of on or so to us we i a an monday tuesday wednesday thursday friday saturday sunday today
        yesterday tomorrow read like around without within never always yet though whether nobody everybody""",
    "de": """der die das und den dem des ein eine einer eines einem einen nicht mit von auf für ist sind war waren wird
        werden wurde wurden hat haben hatte hatten sich auch als aus bei bis nach noch nur oder sie sein seine seiner
        ihr ihre ihrer ihren dass daß wenn wie was wer über unter vor zum zur zwischen durch gegen ohne um am im an in
        es er wir ich du man mehr sehr schon so aber doch dann da hier dort kein keine keinen jahr jahre tag tage
        sagte sagt können kann soll sollen muss müssen will wollen damit denn diese dieser dieses diesem diesen alle
        beim vom zu seit während weil worden habe sei""",
    "fr": """le la les un une des du de et est sont était étaient être avec pour par sur dans qui que quoi dont où ne
        pas plus aussi mais ou donc car ce cet cette ces son sa ses leur leurs il elle ils elles nous vous je tu on au
        aux en se si sans sous entre après avant comme tout tous toute toutes très bien fait faire dit ont avait
        avoir même encore deux trois jour jours an ans année années été lui""",
    "es": """el la los las un una unos unas de del y e o u que en con por para es son era eran fue fueron ser está
        están no se su sus al lo le les como más pero sin sobre entre hasta desde muy ya también cuando donde quien
        este esta estos estas ese esa esos esas hay han había ha años año día días dijo dos tres todo todos""",
    "it": """il lo la gli le un uno una di del della dei delle e o che in con per è sono era erano non si su da dal
        dalla al alla come più ma anche se ci suo sua suoi sue questo questa questi queste nel nella tra fra dopo
        prima quando dove chi ha hanno aveva anni anno giorno giorni detto due tre tutto tutti""",
    "pt": """o a os as um uma uns umas de do da dos das e que em no na nos nas com por para é são era eram foi foram
        não se seu sua seus suas ao aos mais mas também como sobre entre até desde muito já quando onde quem este
        esta estes estas esse essa há tem têm ano anos dia dias disse dois três todo todos""",
    "nl": """de het een en van in is op te dat die niet met voor zijn was waren er aan ook als bij door maar om uit
        over naar dan nog wel geen hij zij ze we wij je ik haar hun meer worden wordt werd heeft hebben had kan
        zal tot toen al tegen onder na jaar jaren dag dagen zei deze dit wat wie waar hoe""",
}

#: All together: a text is often tagged with the wrong language, and no stop word of one is a key term of another.
STOP_WORDS: Final = frozenset(word for words in _WORDS.values() for word in words.split())
