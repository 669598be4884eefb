"""Italy."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="IT",
    language="it",
    calling_code="39",
    trunk="",
    currency="EUR",
    male=words(
        "Giuseppe Giovanni Antonio Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco Domenico "
        "Paolo Marco "
        "Andrea Alessandro Stefano Roberto Matteo Lorenzo Davide Luca Simone Federico Riccardo Gabriele Niccolò "
        "Enrico Emanuele"
    ),
    female=words(
        "Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Carmela Caterina Francesca Antonietta Elena Laura "
        "Paola "
        "Giulia Chiara Sara Martina Valentina Alessandra Silvia Federica Elisabetta Margherita Beatrice Sofia "
        "Alice Ilaria Roberta"
    ),
    family=words(
        "Rossi Ferrari Russo Bianchi Romano Gallo Costa Fontana Conti Esposito Ricci Bruno Rizzo Moretti Marino "
        "Greco "
        "Barbieri Lombardi Giordano Rinaldi Colombo Mancini Longo Leone Martinelli Marchetti Martini Galli Gatti "
        "Mariani "
        "Ferrara Santoro Marini Bianco Conte Serra Farina Gentile Caruso Morelli Ferri Testa Ferraro Pellegrini "
        "Grassi "
        "Rossetti D'Angelo Bernardi Mazza Rizzi Silvestri Vitale Franco Parisi Martino Valentini Castelli Bellini "
        "Monti "
        "Lombardo Fiore Grasso Ferro Carbone Orlando Guerra Palmieri Milani Villa Viola Ruggeri De Santis D'Amico "
        "Sala "
        "Basile Negri Riva Caputo Montanari Benedetti Giuliani Piras Sanna De Luca Ferretti Cattaneo Bianchini "
        "Donati "
        "Battaglia Fabbri Bassi Benvenuti Pagano Sorrentino Coppola Amato Neri Poli Pace Melis Bortolotti Zanetti "
        "Nicolò Dell'Acqua Lo Presti Di Stefano Della Valle Niccolini Fabrizi"
    ),
    nicknames=nicknames(
        "Giuseppe=Beppe/Pino Giovanni=Gianni/Nino Antonio=Toni Luigi=Gigi Francesco=Franco/Checco Vincenzo=Enzo "
        "Salvatore=Totò/Salvo Domenico=Mimmo Alessandro=Alex/Sandro Roberto=Berto Lorenzo=Renzo Federico=Fede "
        "Riccardo=Ricky Emanuele=Lele Giuseppina=Pina Francesca=Franca Elisabetta=Betta Margherita=Rita "
        "Alessandra=Sandra Caterina=Rina Antonietta=Tonia Valentina=Vale Beatrice=Bea"
    ),
    streets=words(
        "Via Roma, Via Garibaldi, Corso Italia, Via Mazzini, Via Dante, Piazza del Popolo, Via Verdi, Via Cavour, "
        "Viale della Libertà, Via Marconi, Via Matteotti, Corso Vittorio Emanuele, Via San Francesco, Via dei Mille, "
        "Via Leopardi, Via delle Rose, Viale Europa, Via della Stazione, Largo Augusto, Via Petrarca, Via XX "
        "Settembre"
    ),
    street_short=(("Via ", "V. "), ("Corso", "C.so"), ("Piazza", "P.zza"), ("Viale", "V.le")),
    cities=cities(
        """Roma|RM|001|06
        Milano|MI|201|02
        Napoli|NA|801|081
        Torino|TO|101|011
        Palermo|PA|901|091
        Genova|GE|161|010
        Bologna|BO|401|051
        Firenze|FI|501|055
        Bari|BA|701|080
        Forlì|FC|471|0543"""
    ),
    postcode="{}##",
    mobiles=("320#######", "328#######", "333#######", "340#######", "347#######"),
    landline="{}%######",
    legal_forms=pairs(
        "S.r.l.=Società a responsabilità limitata, S.p.A.=Società per azioni, S.n.c.=Società in nome collettivo,"
        "S.a.s.=Società in accomandita semplice"
    ),
    trades=words(
        "Costruzioni, Meccanica, Trasporti, Informatica, Consulenza, Arredamenti, Panificio, Autofficina, "
        "Immobiliare, "
        "Tipografia, Farmacia, Tessuti, Alimentari, Vini, Elettronica, Impianti, Editrice, Energia, Ceramiche, Moda"
    ),
    titles=("Dott.", "Ing.", "Avv."),
)
