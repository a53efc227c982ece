package contactstest

// culture is the data that people of a place share.
type culture struct {
	country, locale string
	first, last     []string
	mail            []string // in ASCII
	cities, streets []string
	subdivisions    []string
}

// cultures are the pools of names and addresses. The people are invented.
var cultures = []*culture{
	{
		country: "US", locale: "en-US", first: []string{"Ada", "Grace", "Tom", "Mary Ann", "D'Angelo"},
		last:   []string{"Quill", "O'Brien", "Van Dyke", "Fernsby", "St. Clair"},
		mail:   []string{"ada", "grace.q", "tom_o"},
		cities: []string{"Springvale", "Oakton"}, streets: []string{"Elm Row", "Oak Lane"},
		subdivisions: []string{"US-NY", "US-CA", "US-DC"},
	},
	{
		country: "CA", locale: "fr-CA", first: []string{"Zoé", "Noël", "Émile"},
		last: []string{"Lévesque", "Tremblay"},
		mail: []string{"zoe", "noel.t"}, cities: []string{"Trois-Érables"},
		streets:      []string{"rue de l'Érable"},
		subdivisions: []string{"CA-QC", "CA-ON"},
	},
	{
		country: "GB", locale: "en-gb", first: []string{"Nia", "Alun", "Fiona"},
		last: []string{"McTavish", "ap Rhys", "Ó Cuinn"},
		mail: []string{"nia", "alun-m"}, cities: []string{"Little Wickham"},
		streets:      []string{"Mill Lane", "High Street"},
		subdivisions: []string{"GB-ENG", "GB-WLS", "GB-SCT"},
	},
	{
		country: "FR", locale: "fr", first: []string{"Chloé", "Jean-Luc", "Ægidius"},
		last: []string{"Lefèvre", "de la Tour", "Œuvrard"},
		mail: []string{"chloe", "jl.tour"}, cities: []string{"Saint-Chêne"},
		streets:      []string{"Rue des Glands"},
		subdivisions: []string{"FR-75C", "FR-13", "FR-2A"},
	},
	{
		country: "DE", locale: "de", first: []string{"Jürgen", "Käthe", "Søren"},
		last: []string{"Groß", "Müller-Lüdenscheidt", "von Eich"},
		mail: []string{"juergen", "kaethe.g"}, cities: []string{"Eichstätt am See", "Köln"},
		streets:      []string{"Eichelstraße"},
		subdivisions: []string{"DE-BE", "DE-BY"},
	},
	{
		country: "SE", locale: "sv-se", first: []string{"Åsa", "Björn"}, last: []string{"Ekollon", "Öberg"},
		mail: []string{"asa", "bjorn.o"}, cities: []string{"Ekby"}, streets: []string{"Ekvägen"},
		subdivisions: []string{"SE-AB"},
	},
	{
		country: "AU", locale: "en-au", first: []string{"Bruce", "Kylie"}, last: []string{"Wattle", "Nguyễn"},
		mail: []string{"bruce", "kylie.w"}, cities: []string{"Banksia Creek"},
		streets:      []string{"Wattle Street"},
		subdivisions: []string{"AU-NSW", "AU-VIC"},
	},
	{
		country: "BR", locale: "pt-BR", first: []string{"João", "Conceição"},
		last: []string{"da Silva", "Araújo"},
		mail: []string{"joao", "conceicao"}, cities: []string{"São Carvalho"},
		streets:      []string{"Rua das Bolotas"},
		subdivisions: []string{"BR-SP", "BR-RJ"},
	},
	{
		country: "ES", locale: "es", first: []string{"Begoña", "Íñigo"},
		last: []string{"Muñoz", "García y Vega"},
		mail: []string{"begona", "inigo.m"}, cities: []string{"Villabellota"},
		streets: []string{"Calle del Roble"},
	},
	{
		country: "PL", locale: "pl", first: []string{"Łukasz", "Żaneta"}, last: []string{"Żołądź", "Dębska"},
		mail: []string{"lukasz", "zaneta.d"}, cities: []string{"Dębno"}, streets: []string{"ul. Dębowa"},
	},
	{
		country: "TR", locale: "tr", first: []string{"İpek", "Işık"}, last: []string{"Çınar", "Şahin"},
		mail: []string{"ipek", "isik.s"}, cities: []string{"Meşeköy"}, streets: []string{"Meşe Sokağı"},
		subdivisions: []string{"TR-34"},
	},
	{
		country: "GR", locale: "el", first: []string{"Νίκος", "Ελένη"}, last: []string{"Παπάς", "Βελανίδης"},
		mail: []string{"nikos", "eleni.p"}, cities: []string{"Βελανιδιά"}, streets: []string{"Οδός Δρυός"},
	},
	{
		country: "RU", locale: "ru", first: []string{"Фёдор", "Юлия"}, last: []string{"Жёлудев", "Дубова"},
		mail: []string{"fyodor", "yulia.d"}, cities: []string{"Дубки"}, streets: []string{"Дубовая улица"},
		subdivisions: []string{"RU-MOW"},
	},
	{
		country: "UA", locale: "uk", first: []string{"Ївга", "Гнат"}, last: []string{"Жолудь", "Дуб"},
		mail: []string{"yivha", "hnat"}, cities: []string{"Дубівка"}, streets: []string{"вул. Дубова"},
		subdivisions: []string{"UA-30"},
	},
	{
		country: "AM", locale: "hy", first: []string{"Արամ", "Անի"}, last: []string{"Կաղնյան"},
		mail: []string{"aram", "ani.k"}, cities: []string{"Կաղնուտ"}, streets: []string{"Կաղնու փողոց"},
	},
	{
		country: "GE", locale: "ka", first: []string{"გიორგი", "ნინო"}, last: []string{"მუხაძე"},
		mail: []string{"giorgi", "nino.m"}, cities: []string{"მუხიანი"}, streets: []string{"მუხის ქუჩა"},
	},
	{
		country: "IL", locale: "he", first: []string{"נועה", "אורי"}, last: []string{"אלון", "בן דוד"},
		mail: []string{"noa", "uri.a"}, cities: []string{"אלוני"}, streets: []string{"רחוב האלון"},
	},
	{
		country: "EG", locale: "ar-eg", first: []string{"ليلى", "عمر"}, last: []string{"البلوطي", "حسن"},
		mail: []string{"layla", "omar.h"}, cities: []string{"البلوط"}, streets: []string{"شارع البلوط"},
	},
	{
		country: "IN", locale: "hi-in", first: []string{"आदित्य", "प्रिया"}, last: []string{"शर्मा", "बांज"},
		mail: []string{"aditya", "priya.s"}, cities: []string{"बांजपुर"}, streets: []string{"बांज मार्ग"},
		subdivisions: []string{"IN-DL", "IN-MH"},
	},
	{
		country: "TH", locale: "th", first: []string{"สมชาย", "มาลี"}, last: []string{"ต้นโอ๊ก"},
		mail: []string{"somchai", "malee"}, cities: []string{"บ้านโอ๊ก"}, streets: []string{"ถนนโอ๊ก"},
		subdivisions: []string{"TH-10"},
	},
	{
		country: "CN", locale: "zh-hans-cn", first: []string{"伟", "秀英"}, last: []string{"王", "欧阳"},
		mail: []string{"wang.wei", "xiuying"}, cities: []string{"橡树市"}, streets: []string{"橡树路"},
		subdivisions: []string{"CN-BJ"},
	},
	{
		country: "JP", locale: "ja-jp", first: []string{"花子", "ケンジ", "さくら"}, last: []string{"山田", "どんぐり"},
		mail: []string{"hanako", "kenji.y"}, cities: []string{"樫市"}, streets: []string{"樫通り"},
		subdivisions: []string{"JP-13"},
	},
	{
		country: "KR", locale: "ko", first: []string{"민준", "서연"}, last: []string{"김", "남궁"},
		mail: []string{"minjun", "seoyeon"}, cities: []string{"도토리시"}, streets: []string{"참나무길"},
	},
	{
		country: "NG", locale: "yo", first: []string{"Adébáyọ̀", "Ṣadé"}, last: []string{"Ọdún", "Okeke"},
		mail: []string{"adebayo", "sade.o"}, cities: []string{"Ìrókò"}, streets: []string{"Iroko Close"},
		subdivisions: []string{"NG-LA"},
	},
}
