package dial

import (
	"strconv"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"
	"github.com/stretchr/testify/require"
)

// TestParse lists the numbers that texts name. An empty number means that the text names none, or may name another.
func TestParse(t *testing.T) {
	const berlin, us = "+49305551234", "+16502530000"
	for _, group := range []struct {
		rule, region, key string
		texts             []string
	}{
		// Digits, space and invisible characters of all scripts.
		{"PHN-1", "US", us, []string{
			"६५०२५३००००", "৬৫০ ২৫৩ ০০০০", "๖๕๐-๒๕๓-๐๐๐๐", "၆၅၀ ၂၅၃ ၀၀၀၀", "៦៥០ ២៥៣ ០០០០", "(६५०) ২৫৩-๐๐๐๐",
			"٦٥٠ ٢٥٣ ٠٠٠٠",
			"𝟔𝟓𝟎 𝟐𝟓𝟑 𝟎𝟎𝟎𝟎", "+１ ६५० ２５３ ००००", "＋１（６５０）２５３－００００", "６５０．２５３．００００", "６５０／２５３／００００",
		}},
		{"PHN-3", "US", us, []string{
			"650\u202f253\u202f0000", "650\u2009253\u20090000", "650\t253\t0000", "650\u3000253\u30000000",
			"650\n253 0000",
			"65\u200e0 2\u200d53 00\u00ad00", "\u2066650 253 0000\u2069", "6\ufe0f5\u200b0 253\u2060 0000\ufeff",
			"650\u2010253\u20110000", "650\u2212253\u20140000", "650\u30fc253\ufe580000", "+\u200e1 650 253 0000",
			"650\u3164253\u28000000", "650 253 0000\u0085", "\u2028650 253 0000\u2029",
		}},
		{"PHN-5", "DE", berlin, []string{
			"030 5551234 Fax", "030 5551234 (home)", "(home) 030 5551234", "030 5551234 /Fax", "030 5551234/Fax",
			"030 5551234Fax",
			"030 5551234 mob.", "030 5551234 - mob", "Tel: 030 5551234", "Tel.: 030 5551234", "Tel.030 5551234",
			"тел. 030 5551234", "電話 030 5551234", "電話030-5551234", "030 5551234 ファックス", "030 5551234 فاكس",
			"Büro: +49 (0)30 5551234", "Büro +49 30 5551234 (nur vormittags!)", "030/5551234 p",
			"(030) 5551234 [privat]",
			"Tel? 030 5551234", "030 5551234 *Fax*", "030 5551234 – Fax", "030 5551234, Fax", "030 5551234 -- Fax",
			"Tel....... 030 5551234", "030 5551234 Fax...", "tel:+49-30-5551234", "TEL:030 5551234", "T:030/5551234",
			"C++: 030 5551234", "• 030 5551234", "* 030 5551234", "# 030 5551234", "Phone #: 030 5551234",
			"☎ 030 5551234",
			"030 5551234 ☎", "№ 030 5551234", "① 030 5551234", "030 5551234 टे", "0049 30 5551234 Büro",
			"030 5551234 Fax?",
			"tel:030-5551234;phone-context=+49", "tel:5551234;phone-context=+49-30",
			"030 5551234;phone-context=sip.example",
			"tel:+49-30-5551234;isub=12", "030 5551234-", "030 5551234 📞", "Fax II: 030 5551234", "030\n5551234",
			"+4930/5551234",
		}},
		{"PHN-5", "IT", "+390612345", []string{"06 12345 casa", "casa 06 12345", "06 12345", "+39 06 12345 (casa)"}},
		{"PHN-5", "US", us, []string{
			"+1 650 253 0000 ext.", "650 253 0000 extension", "650 253 0000 home", "650-253-0000 (c)",
			"650-253-0000c",
			"Tel 1 650 253 0000", "Mobile: (650) 253-0000 mobile", "650 253 0000 доб.",
		}},
		{"PHN-5 two numbers or none", "DE", "", []string{
			"030 5551234 oder 0171 5551234", "030 5551234 o. 5551235", "1st floor 030 5551234",
			"030 5551234 2nd floor",
			"030 5551234 2.OG", "030 5551234 2. Etage", "030 5551234 24h", "030 5551234 24/7", "Apt 3 030 5551234",
			"030 5551234/35", "030 5551234/5551235", "030 5551234 / 35", "030 555/030 666", "030 555\n030 666",
			"030 5551234\n35",
			"030 5551234 & 35", "030 5551234&0171 5551234", "030 5551234; 0171 5551234", "030 5551234, 0171 5551234",
			"030 5551234,5551235", "030 5551234;01715551234", "030 5551234|35", "030 5551234\\35",
			"030 5551234~0 35", "030 5551234 ~ 0 mob 35",
			"030 5551234 (35)", "305551234.0", "030 5551234.0",
			"030 5551234 + 35", "030 5551234 u. 0171 555 1234", "030a5551234", "030 5551234 Fax 35", "030 5551234½",
			"030 5551234²", "tel:030-5551234;phone-context=", "call me", "Fax", "", "+", "x",
		}},
		{"PHN-5 two numbers or none", "US", "", []string{
			"1st floor 650 253 0000", "650 253 0000 or 650 253 0001", "650-253-0000, 6502530001",
			"650-253-0000/650-253-0001",
			"650 253 0000 Suite 12", "2nd line: 650 253 0000", "650 253 0000 2nd line", "650 253 0000;6502530001",
		}},
		{"PHN-6", "US", "", []string{
			"650-253-XXXX", "650-253-xxxx", "+1 650 253 ****", "***-***-0000", "(650) XXX-0000", "###-###-1234",
			"(XXX) 253-0000",
			"650-***-0000", "650 253 00??", "650 253 ____", "650 253 ••••", "650 253 ●●●●", "650 253 00…",
			"650-253-NNNN",
			"650-253-nnnn", "650 253 0000*", "650 253 0000…", "650 253 0000#", "650 253 0000 ****", "650 253 0000 x",
			"650 253 0000x", "650 253 0000 X.", "x 650 253 0000", "x650 253 0000", "XXX 650 253 0000",
			"650..253..0000",
			"650 253 0000..", "650 253 0000 . .", "650-253-----", "650 253 ××××", "650 253 0000 ххх",
			"*650 253 0000", "？650 253 0000",
			"650-253-ＸＸＸＸ", "650 253 000O", "650-2x3-0000", "65x 253 0000", "+1 650 *** 0000", "650 253 0000 xx12",
		}},
		{"PHN-6", "DE", "", []string{
			"030 5551 ..", "030 55512??", "030 5551…", "030 5551 …", "030 5551xx", "030 5551-xx", "030 5551-x",
			"030 5551 X",
			"030 5551 ***", "030 5551*", "030 5551#", "030 5551##", "030 5551-NN", "030 5551nn", "030 5551____",
			"030 5551--",
			"030 5551 --", "030 555---", "030 555*34", "030 555x1234", "030 555#1234", "030 5551-x-12",
			"030 5551 23#",
			"*** 5551234", "xxx 5551234", "___5551234", "..5551234", "•• 5551234", "?30 5551234", "#30 5551234",
			"030 555123o",
			"030 555123O", "030 555123l", "O30 5551234", "030 5551.. Fax", "030 5551* Fax", "030 5551·· Fax",
			"030 5551 ----",
			"030 5551(xx)", "030 5551 (XX)", "030 555▒▒▒▒", "〇〇〇 5551234",
		}},
		{"PHN-1 too long for E.164", "DE", "", []string{"0585215478336367", "0585215478336367 Fax"}},
		{"PHN-6 formats are no masks", "US", us, []string{
			"650.253.0000", "650.253.0000.", "650-253-0000 -", "+1.650.253.0000", "650 . 253 . 0000",
			"650 - 253 - 0000",
		}},
		{"PHN-6 the carrier is no part of the number", "BR", "+551155551234", []string{
			"0xx11 5555-1234", "(0XX11) 5555-1234", "0 xx 11 5555 1234", "0-xx-11-5555-1234", "(11) 5555-1234",
		}},
		{"PHN-6", "BR", "", []string{"11 5555-xx34", "0xx11 5555-12xx", "xx 11 5555-1234", "0xxx11 5555-1234"}},
		{"PHN-1", "US", us + ";ext=123", []string{
			"650 253 0000 x123", "650 253 0000 x.123", "650.253.0000 x.123", "650 253 0000x123", "650 253 0000 X123",
			"650 253 0000 #123", "650-253-0000#123", "650 253 0000 ext 123", "650 253 0000 ext. 123",
			"650 253 0000 EXT:123",
			"650 253 0000 extn 123", "650 253 0000 xtn. 123", "650 253 0000 extension 123",
			"650 253 0000 extensión 123",
			"650 253 0000;ext=123", "tel:+1-650-253-0000;ext=123", "650 253 0000 int. 123", "650 253 0000 anexo 123",
			"650 253 0000 доб. 123", "650 253 0000 ДОБ 123", "650 253 0000 ｅｘｔ１２３", "650 253 0000 x१२३",
			"650 253 0000,123",
			"650 253 0000,,123#", "650 253 0000;123", "650 253 0000~123", "650 253 0000 (ext. 123)",
			"650 253 0000 - 123#",
			"650 253 0000 x123 (office)", "Office: 650 253 0000 x123", "650 253 0000 x123/x124",
			"650 253 0000 / ext. 123",
			"650 253 0000 ext\u200e. 1\u200b23", "650 253 0000\next. 123",
			"tel:650-253-0000;ext=123;phone-context=+1",
			"650 253 0000 x123#", "650 253 0000 ext.: 123", "650 253 0000 ext. #123",
		}},
		{"PHN-1", "DE", berlin + ";ext=12", []string{
			"030 5551234 x12", "030 5551234x12", "030 5551234 #12", "030 5551234 доб. 12",
		}},
		{"PHN-7", "US", "+18003569377", []string{
			"1-800-FLOWERS", "1 800 flowers", "+1-800-FLOWERS", "800-FLOWERS", "(800) FLOWERS", "1.800.FLOWERS",
			"1-800-3-LOWERS",
			"1-800-F-LOWERS", "Call 1-800-FLOWERS", "1-800-FLOWERS!", "1800FLOWERS", "1-800-356-WERS",
			"1-800-FLOWERS\u200e",
		}},
		{"PHN-7", "US", "+18004685865", []string{"1 800 GOT JUNK", "1-800-GOT-JUNK"}},
		{"PHN-7", "US", "+18004642274", []string{"1-800-GO-4-CASH"}},
		{"PHN-7", "US", "+18003569377;ext=12", []string{"1-800-FLOWERS x12", "1-800-FLOWERS ext. 12 (Ann)"}},
		{"PHN-7", "GB", "+448003569377", []string{"0800-FLOWERS", "0800 FLOWERS", "+44 800 FLOWERS"}},
		{"PHN-7", "AU", "+61132287", []string{"13 CATS", "13CATS", "13-cats"}},
		{"PHN-7", "AU", "+611300228763", []string{"1300 CATS ME", "1300-CATSME"}},
		{"PHN-7 no vanity number", "US", "", []string{
			"650 253 home", "650-FLOWERS", "1-800-XXXXXXX", "1-800-NNNNNNN", "1-800-FLO-XXXX", "1-800-555-WORK",
			"1-800-FLOWERSHOP",
			"1-800-FLÖWERS", "1-800-FLOWERS (toll free)", "FLOWERS", "FLOWERS-1-800", "1-800-CALL 123",
			"1-800-FL#WERS", "800 555 12OR", "1-800+FLOWERS", "++1-800-FLOWERS",
			"call 800 FLOWERS now or 650 253 0000",
		}},
		{"PHN-7 no vanity number", "DE", "", []string{"030 555 FAX 1", "0800 und 555123", "0800 12 casa"}},
		{"PHN-7 no vanity number", "AU", "", []string{"1300 555 fax", "1300 555-FAX", "13 XXXX", "13 main"}},
	} {
		for _, number := range group.texts {
			t.Run(group.rule+" "+group.region+" "+strconv.Quote(number), func(t *testing.T) {
				require.Equal(t, group.key, Phone{Number: number, Forms: Parse(number, group.region)}.Key())
			})
		}
	}
	t.Run("PHN-5 words are left out although the number is short", func(t *testing.T) {
		require.Equal(t, "+4930555", Parse("030 555 FAX", "DE").E164)
		require.Equal(t, "+61130055", Parse("1300 55 HOME", "AU").E164)
	})
}

func TestIdentifies(t *testing.T) {
	for _, group := range []struct {
		rule  string
		want  bool
		texts []string
	}{
		{"PHN-8 identifies nobody", false, []string{
			"", " ", "-", "0", "n/a", "N/A", "unknown", "none", "---", "000-000-0000", "0000000000",
			"(999) 999-9999", "12345", "1-2-3-4-5",
			"4.91512E+11", "4,91512E+11", "4.91512e+11", "٠٠٠٠٠٠٠", "٠0०๐٠٠٠", "１１１１１１１", "x123456", "ext. 123456",
			"#123456",
			"12345 x67890", "12345 ext. 123456", "111111 x23", "12345,678901", "650-253-XXXX", "123456*", "123456…",
			"1234567..",
			"123-***-456", "123 456 ??", "123456#", "030 555123 Fax", "Fax 030 555123", "123456 ext.",
			"123456 oder 7", "1234５６a",
			"123456 x12 Fax", "①②③④⑤⑥", "१२३४५", "tel:123456", "一二三四五六", "\u200b",
			"1\u200b1\u200b1\u200b1\u200b1\u200b1",
			"123456;phone-context=", "123456;phone-context=+1", "123456 x1x2",
		}},
		{"PHN-8 identifies", true, []string{
			"555-1234567", "030 555123", "123456", "123456 x12", "123456x12", "123456 ext. 12", "123456#12",
			"123456 доб. 12", "+123456",
			"000001", "١٢٣٤٥٦", "١2३4๕6", "123.456", "(12) 34-56", "12/34/56", "१२३४५६", "12\u200b3456",
			"722-138-3099", "123456 📞",
		}},
	} {
		for _, number := range group.texts {
			t.Run(group.rule+" "+strconv.Quote(number), func(t *testing.T) {
				p := Phone{Number: number}
				require.Equal(t, group.want, p.Identifies())
				require.Equal(t, group.want, p.Same(p))
			})
		}
	}
	t.Run("PHN-8 a valid number identifies", func(t *testing.T) {
		require.True(t, Phone{Number: "030 5551234 Fax", Forms: Parse("030 5551234 Fax", "DE")}.Identifies())
	})
}

// TestKey parses the example numbers of all countries and types, each with an extension, and takes the extension from
// the international format.
func TestKey(t *testing.T) {
	n := 0
	check := func(example *phonenumbers.PhoneNumber) {
		if example == nil {
			return
		}
		n++
		for _, extension := range []string{"", "7", "0123", "12345678901234567890"} {
			example.Extension = &extension
			want := phonenumbers.Format(example, phonenumbers.E164)
			forms := Parse(phonenumbers.Format(example, phonenumbers.RFC3966), "ZZ")
			require.Equal(t, want, forms.E164, "PHN-1 %s", want)
			if extension != "" {
				want += ";ext=" + extension
			}
			require.Equal(t, want, Phone{Forms: forms}.Key(), "PHN-1 %s %s", want, forms.Formatted)
			again := Parse(forms.Formatted, "ZZ")
			require.Equal(t, forms, again, "PHN-1 the form for display names the same number")
		}
	}
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			check(phonenumbers.GetExampleNumberForTypeInRegion(region, kind))
		}
	}
	for code := range phonenumbers.GetSupportedGlobalNetworkCallingCodes() {
		check(phonenumbers.GetExampleNumberForNonGeoEntity(code))
	}
	require.Greater(t, n, 1000)
}
