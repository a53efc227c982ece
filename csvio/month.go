package csvio

import (
	"slices"
	"strings"
	"sync"
)

// monthNames are the names of the months in lower case, in the languages that headings.csv has and some more.
var monthNames = []string{
	"january february march april may june july august september october november december",
	"januar februar märz april mai juni juli august september oktober november dezember",
	"jänner feber maerz april mai juni juli august september oktober november dezember",
	"janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
	"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
	"januari februari maart april mei juni juli augustus september oktober november december",
	"januari februari mars april maj juni juli augusti september oktober november december",
	"januar februar marts april maj juni juli august september oktober november december",
	"januar februar mars april mai juni juli august september oktober november desember",
	"tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta " +
		"marraskuuta joulukuuta",
	"stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
	"styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
	"ledna února března dubna května června července srpna září října listopadu prosince",
	"января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
	"ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
}

// shortMonths are the months by name and by its beginnings of three letters and more, except those that two months of a
// language share, such as the French "jui". The first language that has a beginning keeps it.
var shortMonths = sync.OnceValue(func() map[string]int {
	const shortest = 3
	months := make(map[string]int)
	for _, list := range monthNames {
		names := strings.Fields(list)
		for i, name := range names {
			letters := []rune(name)
			for n := shortest; n <= len(letters); n++ {
				start := string(letters[:n])
				same := func(other string) bool { return strings.HasPrefix(other, start) && other != name }
				if n < len(letters) && slices.ContainsFunc(names, same) {
					continue
				}
				if _, ok := months[start]; !ok || n == len(letters) {
					months[start] = i + 1
				}
			}
		}
	}
	return months
})

// monthOf returns the month with a name, or a beginning of it, in lower case; 0 if no month has it.
func monthOf(name string) int { return shortMonths()[name] }
