"""Domains that say nothing about who somebody works for: everybody may have an address there."""

PUBLIC_DOMAINS = frozenset(
    (
        "gmail.com googlemail.com mail.ru inbox.ru list.ru bk.ru internet.ru xmail.ru yandex.ru yandex.com "
        "yandex.by yandex.kz yandex.com.tr narod.ru ya.ru rambler.ru lenta.ru autorambler.ru outlook.com "
        "hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net "
        "gmx.at gmx.ch web.de t-online.de freenet.de proton.me protonmail.com tutanota.com fastmail.com "
        "zoho.com ukr.net i.ua bigmir.net tut.by wp.pl o2.pl onet.pl interia.pl seznam.cz orange.fr free.fr "
        "laposte.net sfr.fr wanadoo.fr libero.it virgilio.it tiscali.it hotmail.es hotmail.fr hotmail.it "
        "terra.es telefonica.net uol.com.br bol.com.br qq.com 163.com 126.com sina.com naver.com daum.net"
    ).split()
)
