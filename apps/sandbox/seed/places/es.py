"""Spain."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="ES",
    language="es",
    calling_code="34",
    trunk="",
    currency="EUR",
    male=words(
        "Antonio José Manuel Francisco Juan David Javier Daniel Carlos Jesús Alejandro Miguel Rafael Pedro Pablo "
        "Ángel "
        "Sergio Fernando Jorge Luis Alberto Álvaro Adrián Diego Raúl Iván Rubén Enrique Óscar Ramón"
    ),
    female=words(
        "María Carmen Josefa Isabel Ana Dolores Pilar Teresa Laura Cristina Marta Francisca Lucía Antonia Elena "
        "Sara Paula "
        "Raquel Rosario Concepción Mercedes Rocío Beatriz Sofía Inés Montserrat Nuria Begoña Lourdes Ángela"
    ),
    family=words(
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz "
        "Moreno "
        "Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco "
        "Molina "
        "Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido Cortés Castillo "
        "Santos "
        "Lozano Guerrero Cano Prieto Méndez Cruz Calvo Gallego Vidal León Márquez Herrera Peña Flores Cabrera "
        "Campos Vega "
        "Fuentes Carrasco Díez Caballero Reyes Nieto Aguilar Pascual Santana Herrero Lorenzo Montero Hidalgo Giménez "
        "Ibáñez Ferrer Durán Santiago Benítez Mora Vicente Vargas Arias Carmona Crespo Román Pastor Soto Sáez "
        "Velasco "
        "Moya Soler Parra Esteban Bravo Gallardo Rojas Pardo Merino Franco Espinosa Izquierdo Lara Rivas Silva "
        "Rivera "
        "Casado Arroyo Redondo Camacho Rey Vera Otero Luque Galán Montes Ríos Sierra Segura Carrillo Etxeberria"
    ),
    nicknames=nicknames(
        "José=Pepe Francisco=Paco/Fran Manuel=Manolo Javier=Javi Daniel=Dani Alejandro=Álex Rafael=Rafa Fernando=Fer "
        "Enrique=Quique Jesús=Chus Antonio=Toño Alberto=Berto Josefa=Pepa Isabel=Isa Dolores=Lola Pilar=Pili "
        "Cristina=Cris Francisca=Paqui Concepción=Concha Mercedes=Merche Montserrat=Montse Rosario=Charo "
        "Beatriz=Bea Teresa=Tere"
    ),
    streets=words(
        "Calle Mayor, Calle Real, Avenida de la Constitución, Calle del Sol, Plaza de España, Calle Cervantes, "
        "Calle San José, Paseo del Prado, Calle de Alcalá, Avenida de Andalucía, Calle Nueva, Calle Goya, "
        "Ronda de Segovia, Calle del Carmen, Calle Velázquez, Avenida del Mar, Calle Doctor Fleming, Calle Colón, "
        "Calle Larga, Camino Viejo, Calle de la Iglesia, Gran Vía"
    ),
    street_short=(("Calle", "C/"), ("Avenida", "Avda."), ("Plaza", "Pza."), ("Paseo", "Pº")),
    cities=cities(
        """Madrid|MD|280|915
        Barcelona|CT|080|932
        Valencia|VC|460|963
        Sevilla|AN|410|954
        Zaragoza|AR|500|976
        Málaga|AN|290|952
        Bilbao|PV|480|944
        A Coruña|GA|150|981
        Córdoba|AN|140|957
        León|CL|240|987"""
    ),
    postcode="{}##",
    mobiles=("60#######", "61#######", "64#######", "65#######"),
    landline="{}######",
    legal_forms=pairs(
        "S.L.=Sociedad Limitada, S.A.=Sociedad Anónima, S.L.U.=Sociedad Limitada Unipersonal, S.C.=Sociedad Civil"
    ),
    trades=words(
        "Construcciones, Transportes, Informática, Consultoría, Muebles, Panadería, Talleres, Inmobiliaria, "
        "Imprenta, "
        "Farmacia, Textiles, Alimentación, Vinos, Electricidad, Instalaciones, Editorial, Energía, Cerámicas, "
        "Jardines"
    ),
    titles=("Dr.", "Dra."),
    two_family_names=True,
)
